// message show|list|watch|cancel.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"

namespace posthaste::cli {
namespace {

constexpr absl::Duration kWatchLimit = absl::Hours(1);

void PrintRow(const v1::Message& message, absl::Time now, Terminal& terminal) {
  terminal.Line(absl::StrFormat("%s  %-10s  %-19s  %-24s  %s", message.id(),
                                StateWord(message.state()), Words(message.create_time(), now),
                                message.masked_recipient(), message.template_name()));
}

}  // namespace

int ShowMessage(const AccessOptions& access, const MessageOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::GetMessageRequest request;
  request.set_id(options.id);
  v1::Message message;
  if (const auto refusal = client->Get(request, &message)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  v1::ListAttemptsRequest attempts_request;
  attempts_request.set_id(options.id);
  v1::ListAttemptsResponse attempts;
  if (const auto refusal = client->Attempts(attempts_request, &attempts)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Line(
        absl::StrCat("{\"message\":", ToJson(message), ",\"attempts\":", ToJson(attempts), "}"));
    return kOk;
  }
  const absl::Time now = SystemClock().Now();
  PrintMessage(message, now, terminal);
  for (const v1::Attempt& attempt : attempts.attempts())
    PrintAttempt(attempt, options.transcript, now, terminal);
  return kOk;
}

int ListMessages(const AccessOptions& access, const MessageOptions& options, Terminal& terminal) {
  v1::ListMessagesRequest request;
  request.set_recipient(options.recipient);
  request.set_page_size(options.max);
  v1::Message::State state = v1::Message::STATE_UNSPECIFIED;
  if (!options.state.empty() &&
      !v1::Message::State_Parse(absl::AsciiStrToUpper(options.state), &state)) {
    terminal.Error(absl::StrCat("--state: ", options.state,
                                " is not one of queued, deferred, sending, parked"));
    return kUsage;
  }
  request.set_state(state);
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ListMessagesResponse response;
  if (const auto refusal = client->List(request, &response)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  for (const v1::Message& message : response.messages()) {
    if (access.json) {
      terminal.Json(message);
    } else {
      PrintRow(message, SystemClock().Now(), terminal);
    }
  }
  if (response.messages().empty() && !access.json) terminal.Line("No messages.");
  return response.messages().empty() ? kNo : kOk;
}

int WatchMessage(const AccessOptions& access, const MessageOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::Message last;
  const auto each = [&](const v1::Message& message) {
    last = message;
    if (access.json) {
      terminal.Json(message);
    } else {
      const std::string time =
          absl::FormatTime("%H:%M:%E3S", SystemClock().Now(), absl::LocalTimeZone());
      terminal.Line(
          absl::StrFormat("%s  %-10s  %s", time, StateWord(message.state()), Sentence(message)));
    }
    terminal.Flush();
    return true;
  };
  if (const auto refusal = client->Watch(options.id, kWatchLimit, each)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  return ExitCodeOf(last.state());
}

int CancelMessage(const AccessOptions& access, const MessageOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::CancelMessageRequest request;
  request.set_id(options.id);
  v1::Message message;
  if (const auto refusal = client->Cancel(request, &message)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(message);
  } else if (message.state() == v1::Message::SENDING) {
    terminal.Line(
        "It is being sent: it is withdrawn at the last check before the dot, or it goes out.");
  } else {
    terminal.Line(absl::StrCat(message.id(), "  ", Sentence(message)));
  }
  return kOk;
}

}  // namespace posthaste::cli
