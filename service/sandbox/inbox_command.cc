#include "service/sandbox/inbox_command.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "service/cli/access.h"
#include "service/cli/exit_code.h"
#include "service/sandbox/inbox_json.h"
#include "service/sandbox/mail.h"

namespace posthaste::sandbox {
namespace {

using cli::Harmless;
using Verb = cli::InboxOptions::Verb;

int Nothing(const cli::InboxOptions& options, cli::Terminal& terminal) {
  terminal.Error(absl::StrCat(
      "no mail", options.to.empty() ? "" : " to " + options.to,
      options.wait > absl::ZeroDuration() ? " within " + cli::Words(options.wait) : ""));
  return cli::kNo;
}

int List(const Inbox& inbox, const cli::InboxOptions& options, cli::Terminal& terminal) {
  const std::vector<Captured> mails = inbox.List(options.to, static_cast<size_t>(options.max));
  for (const Captured& captured : mails) {
    if (options.json) {
      terminal.Line(JsonOf(captured));
      continue;
    }
    const std::string time =
        absl::FormatTime("%m-%d %H:%M:%S", captured.time, absl::LocalTimeZone());
    const std::string to = Harmless(absl::StrJoin(captured.envelope.rcpt_to, ", "));
    terminal.Line(absl::StrFormat("%s  %s  %-24s  %s", captured.id, time, to,
                                  Harmless(ParseMail(captured.message).Header("Subject"))));
  }
  if (mails.empty() && !options.json) terminal.Line("No mail.");
  return mails.empty() ? cli::kNo : cli::kOk;
}

int Show(const Captured& captured, const cli::InboxOptions& options, cli::Terminal& terminal) {
  if (options.json) {
    terminal.Line(JsonOf(captured));
  } else if (options.source) {
    terminal.Raw(captured.message);
  } else if (options.html) {
    terminal.Raw(ParseMail(captured.message).html);
  } else {
    PrintMail(captured, terminal);
  }
  return cli::kOk;
}

int Code(const Captured& captured, const cli::InboxOptions& options, cli::Terminal& terminal) {
  const std::optional<std::string> code = CodeIn(ParseMail(captured.message));
  if (!code) {
    terminal.Error(absl::StrCat("mail ", captured.id, " holds no code"));
    return cli::kNo;
  }
  terminal.Line(options.json ? JsonOf(captured) : *code);
  return cli::kOk;
}

// The newest mail with a code, for notices may come after it.
std::optional<Captured> WaitForCode(const Inbox& inbox, const cli::InboxOptions& options) {
  for (const Captured& captured : inbox.List(options.to, 50)) {
    if (captured.id == options.newer_than) break;
    if (CodeIn(ParseMail(captured.message))) return captured;
  }
  const std::optional<Captured> newest = inbox.Newest(options.to);
  const std::string after = newest ? newest->id : options.newer_than;
  return inbox.WaitFor(options.to, after, options.wait, SystemClock());
}

}  // namespace

void PrintMail(const Captured& captured, cli::Terminal& terminal) {
  const Mail mail = ParseMail(captured.message);
  const std::string bar = absl::StrCat("  ", terminal.Dim("|"), " ");
  for (const char* name : {"From", "To", "Subject", "Date", "Message-ID"}) {
    const std::string value = Harmless(mail.Header(name));
    if (!value.empty())
      terminal.Line(absl::StrCat(bar, terminal.Dim(absl::StrCat(name, ":")), " ", value));
  }
  terminal.Line(absl::StrCat("  ", terminal.Dim("|")));
  std::string text = Harmless(mail.text);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (const auto& line : absl::StrSplit(text, '\n')) {
    terminal.Line(line.empty() ? absl::StrCat("  ", terminal.Dim("|")) : absl::StrCat(bar, line));
  }
}

int RunInbox(const cli::InboxOptions& options, cli::Terminal& terminal) {
  const Inbox inbox(cli::DataDirOf(options.data_dir) + "/inbox");
  if (options.verb == Verb::kList) return List(inbox, options, terminal);
  if (options.verb == Verb::kCode) {
    const std::optional<Captured> captured = WaitForCode(inbox, options);
    return captured ? Code(*captured, options, terminal) : Nothing(options, terminal);
  }
  if (!options.id.empty()) {
    const absl::StatusOr<Captured> found = inbox.Find(options.id);
    if (found.ok()) return Show(*found, options, terminal);
    terminal.Error(std::string(found.status().message()));
    return cli::kNo;
  }
  const std::optional<Captured> newest =
      inbox.WaitFor(options.to, options.newer_than, options.wait, SystemClock());
  return newest ? Show(*newest, options, terminal) : Nothing(options, terminal);
}

}  // namespace posthaste::sandbox
