// send-code, check-code.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"
#include "service/cli/send_fields.h"

namespace posthaste::cli {
namespace {

using Result = v1::CheckVerificationCodeResponse;

void PrintVerification(const v1::Verification& verification, Terminal& terminal) {
  const absl::Time now = SystemClock().Now();
  terminal.Row("verification", verification.id());
  terminal.Row("message", verification.message_id());
  terminal.Row("valid until", Words(verification.expire_time(), now));
  terminal.Row("left", absl::StrCat(verification.guesses_remaining(), " guesses, ",
                                    verification.sends_remaining(), " sends"));
  terminal.Row("again from", Words(verification.next_send_time(), now));
}

// "MATCHED" and what it means for whoever typed the code.
std::string Verdict(const Result& result) {
  switch (result.result()) {
    case Result::MATCHED:
      return "The code is right.";
    case Result::MISMATCHED:
      return absl::StrCat("The code is wrong; ", result.verification().guesses_remaining(),
                          " guesses left.");
    case Result::STALE_CODE:
      return "A code of an older mail: open the newest one.";
    case Result::EXPIRED:
      return "The code has expired: send another.";
    case Result::GUESSES_EXHAUSTED:
      return "Too many wrong guesses: send another code.";
    case Result::ALREADY_USED:
      return "The code was used before.";
    case Result::CANCELLED:
      return "The verification was cancelled.";
    case Result::PURPOSE_MISMATCH:
      return "The code was sent for another purpose.";
    default:
      return "The facts that the code was bound to are others now.";
  }
}

}  // namespace

int SendCode(const AccessOptions& access, const SendCodeOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::SendVerificationCodeRequest request;
  FillSend(options, request);
  request.set_recipient(options.recipient);
  request.set_purpose(options.purpose);
  request.set_code_length(options.length);
  request.set_force_new(options.force_new);
  if (options.ttl > absl::ZeroDuration())
    request.mutable_ttl()->set_seconds(absl::ToInt64Seconds(options.ttl));
  v1::Verification verification;
  if (const auto refusal = client->Send(request, &verification)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(verification);
    return kOk;
  }
  terminal.Line(absl::StrCat(
      verification.created() ? "A code is on its way to " : "The same code is on its way again to ",
      terminal.Bold(verification.masked_recipient()), " (", verification.purpose(), ")."));
  terminal.Line();
  PrintVerification(verification, terminal);
  if (options.wait <= absl::ZeroDuration()) return kOk;
  terminal.Flush();
  return Follow(*client, verification.message_id(), options.wait, terminal);
}

int CheckCode(const AccessOptions& access, const CheckCodeOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::CheckVerificationCodeRequest request;
  if (absl::StrContains(options.recipient, "@")) {
    request.set_recipient(options.recipient);
    request.set_purpose(options.purpose);
  } else {
    request.set_verification_id(options.recipient);
  }
  request.set_code(options.code);
  v1::CheckVerificationCodeResponse result;
  if (const auto refusal = client->Check(request, &result)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  const bool matched = result.result() == Result::MATCHED;
  if (access.json) {
    terminal.Json(result);
  } else {
    const std::string name = Result::Result_Name(result.result());
    terminal.Line(
        absl::StrCat(matched ? terminal.Good(name) : terminal.Bad(name), "  ", Verdict(result)));
  }
  return matched ? kOk : kNo;
}

}  // namespace posthaste::cli
