// events tail.
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

constexpr absl::Duration kTailMax = absl::Hours(24 * 365);

std::string What(const v1::Event& event) {
  switch (event.type()) {
    case v1::Event::MESSAGE_CHANGED:
      return absl::StrFormat("%s  %-10s", event.message().id(), StateWord(event.message().state()));
    case v1::Event::VERIFICATION_CHANGED:
      return absl::StrFormat(
          "%s  %-10s", event.verification().id(),
          absl::AsciiStrToLower(v1::Verification::State_Name(event.verification().state())));
    default:
      return absl::StrFormat(
          "%s  %-10s", event.suppression().id(),
          event.type() == v1::Event::SUPPRESSION_CREATED ? "suppressed" : "allowed");
  }
}

void PrintRow(const v1::Event& event, Terminal& terminal) {
  const absl::Time time =
      absl::FromUnixSeconds(event.time().seconds()) + absl::Nanoseconds(event.time().nanos());
  terminal.Line(absl::StrFormat("%s  %s  %s",
                                absl::FormatTime("%H:%M:%E3S", time, absl::LocalTimeZone()),
                                What(event), event.masked_recipient()));
}

}  // namespace

int TailEvents(const AccessOptions& access, const EventOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::StreamEventsRequest request;
  request.set_resume_token(options.from);
  std::string token;
  int left = options.max;
  const auto each = [&](const v1::StreamEventsResponse& response) {
    token = response.resume_token();
    if (access.json) {
      terminal.Json(response);
    } else if (response.has_event()) {
      PrintRow(response.event(), terminal);
    }
    terminal.Flush();
    return !response.has_event() || options.max == 0 || --left > 0;
  };
  const auto refusal = client->Follow(
      request, options.limit == absl::ZeroDuration() ? kTailMax : options.limit, each);
  if (!access.json && !token.empty()) terminal.Hint(absl::StrCat("go on with --from ", token));
  if (refusal) return Explain(*refusal, client->address(), access.json, terminal);
  return kOk;
}

}  // namespace posthaste::cli
