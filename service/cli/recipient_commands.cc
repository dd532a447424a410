// recipient unlock, export, forget
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"

namespace posthaste::cli {
namespace {

// All pages as one answer.
std::optional<Refusal> ExportWhole(Client& client, const std::string& recipient,
                                   v1::ExportRecipientResponse& whole) {
  v1::ExportRecipientRequest request;
  request.set_recipient(recipient);
  do {
    v1::ExportRecipientResponse page;
    if (auto refusal = client.Export(request, &page)) return refusal;
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    whole.MergeFrom(page);
  } while (!request.page_token().empty());
  return std::nullopt;
}

void PrintExport(const v1::ExportRecipientResponse& known, Terminal& terminal) {
  terminal.Line(absl::StrCat("In the log: rcpt ", known.recipient_hash()));
  for (const v1::RecipientMessage& one : known.messages()) {
    terminal.Line("");
    PrintMessage(one.message(), SystemClock().Now(), terminal);
    for (const v1::Attempt& attempt : one.attempts())
      PrintAttempt(attempt, false, SystemClock().Now(), terminal);
  }
  if (known.messages().empty()) terminal.Line("No messages.");
  for (const v1::Verification& verification : known.verifications()) {
    terminal.Line(absl::StrCat("verification ", verification.id(), "  ", verification.purpose(),
                               "  ", v1::Verification::State_Name(verification.state())));
  }
  if (known.has_suppression()) {
    terminal.Line(
        absl::StrCat("suppressed: ", v1::Suppression::Cause_Name(known.suppression().cause())));
  }
  if (known.limits() > 0)
    terminal.Line(absl::StrCat("Limits that count something now: ", known.limits()));
  for (const auto& [purpose, guesses] : known.wrong_guesses())
    terminal.Line(absl::StrCat("Wrong guesses of ", purpose, ": ", guesses));
}

}  // namespace

int UnlockRecipient(const AccessOptions& access, const RecipientOptions& options,
                    Terminal& terminal) {
  v1::ResetRecipientLimitsRequest request;
  request.set_tenant(options.tenant);
  request.set_recipient(options.recipient);
  request.set_reason(options.reason);
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ResetRecipientLimitsResponse response;
  if (const auto refusal = client->Reset(request, &response)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(response);
    return kOk;
  }
  terminal.Line(absl::StrCat("Limits of sends forgotten: ", response.limits_reset()));
  terminal.Line(absl::StrCat(
      "Wrong guesses forgotten: ",
      response.purposes().empty() ? "none" : absl::StrJoin(response.purposes(), ", ")));
  return kOk;
}

int ExportRecipient(const AccessOptions& access, const RecipientOptions& options,
                    Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ExportRecipientResponse known;
  if (const auto refusal = ExportWhole(*client, options.recipient, known))
    return Explain(*refusal, client->address(), access.json, terminal);
  if (access.json) {
    terminal.Json(known);
  } else {
    PrintExport(known, terminal);
  }
  return kOk;
}

int ForgetRecipient(const AccessOptions& access, const RecipientOptions& options,
                    Terminal& terminal) {
  v1::ForgetRecipientRequest request;
  request.set_recipient(options.recipient);
  request.set_reason(options.reason);
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ForgetRecipientResponse response;
  if (const auto refusal = client->Forget(request, &response))
    return Explain(*refusal, client->address(), access.json, terminal);
  if (access.json) {
    terminal.Json(response);
    return kOk;
  }
  terminal.Line(absl::StrCat("Messages forgotten: ", response.messages()));
  if (response.under_way() > 0)
    terminal.Line(
        absl::StrCat("Of these under way, which may still arrive: ", response.under_way()));
  if (response.suppressed())
    terminal.Line("A suppression stays, as a keyed hash: `posthaste suppression` lifts it.");
  return kOk;
}

}  // namespace posthaste::cli
