// suppression create|show|list|delete, and message report-bounce.
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

// An address has an @ and an id has none.
template <typename Request>
void SetWhom(const std::string& whom, Request& request) {
  if (whom.find('@') == std::string::npos) {
    request.set_id(whom);
  } else {
    request.set_recipient(whom);
  }
}

std::string CauseWord(v1::Suppression::Cause cause) {
  return absl::AsciiStrToLower(v1::Suppression::Cause_Name(cause));
}

std::string Until(const v1::Suppression& suppression, absl::Time now) {
  return suppression.has_expire_time() ? Words(suppression.expire_time(), now) : "for good";
}

void Print(const v1::Suppression& suppression, Terminal& terminal) {
  const absl::Time now = SystemClock().Now();
  terminal.Line(absl::StrCat(suppression.id(), "  ", suppression.masked_recipient()));
  terminal.Row("cause",
               absl::StrCat(CauseWord(suppression.cause()),
                            suppression.soft() ? " (soft: an accepted code ends it)" : ""));
  terminal.Row("since", Words(suppression.create_time(), now));
  terminal.Row("until", Until(suppression, now));
  terminal.Row("message", suppression.message_id());
  terminal.Row("reply", Harmless(suppression.last_reply()));
  terminal.Row("reason", Harmless(suppression.reason()));
  terminal.Row("made by", suppression.creator());
}

void PrintRow(const v1::Suppression& suppression, absl::Time now, Terminal& terminal) {
  terminal.Line(absl::StrFormat("%s  %-17s  %-19s  %s", suppression.id(),
                                CauseWord(suppression.cause()), Until(suppression, now),
                                suppression.masked_recipient()));
}

}  // namespace

int CreateSuppression(const AccessOptions& access, const SuppressionOptions& options,
                      Terminal& terminal) {
  v1::CreateSuppressionRequest request;
  v1::Suppression::Cause cause = v1::Suppression::CAUSE_UNSPECIFIED;
  if (!options.cause.empty() &&
      !v1::Suppression::Cause_Parse(absl::AsciiStrToUpper(options.cause), &cause)) {
    terminal.Error(absl::StrCat("--cause: ", options.cause,
                                " is not one of requested, complaint, invalid_recipient, "
                                "inactive_mailbox, bad_domain, null_mx, mailbox_full"));
    return kUsage;
  }
  request.set_recipient(options.whom);
  request.set_cause(cause);
  request.set_reason(options.reason);
  if (options.life > absl::ZeroDuration())
    request.mutable_ttl()->set_seconds(absl::ToInt64Seconds(options.life));
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::Suppression suppression;
  if (const auto refusal = client->Create(request, &suppression)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(suppression);
  } else {
    Print(suppression, terminal);
  }
  return kOk;
}

int ShowSuppression(const AccessOptions& access, const SuppressionOptions& options,
                    Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::GetSuppressionRequest request;
  SetWhom(options.whom, request);
  v1::Suppression suppression;
  if (const auto refusal = client->Get(request, &suppression)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(suppression);
  } else {
    Print(suppression, terminal);
  }
  return kOk;
}

int ListSuppressions(const AccessOptions& access, const SuppressionOptions& options,
                     Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ListSuppressionsRequest request;
  request.set_page_size(options.max);
  v1::ListSuppressionsResponse response;
  if (const auto refusal = client->List(request, &response)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  for (const v1::Suppression& suppression : response.suppressions()) {
    if (access.json) {
      terminal.Json(suppression);
    } else {
      PrintRow(suppression, SystemClock().Now(), terminal);
    }
  }
  if (response.suppressions().empty() && !access.json) terminal.Line("Nobody is suppressed.");
  return response.suppressions().empty() ? kNo : kOk;
}

int DeleteSuppression(const AccessOptions& access, const SuppressionOptions& options,
                      Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::DeleteSuppressionRequest request;
  SetWhom(options.whom, request);
  request.set_reason(options.reason);
  if (const auto refusal = client->Delete(request)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (!access.json) terminal.Line("Taken off the list.");
  return kOk;
}

int ReportBounce(const AccessOptions& access, const MessageOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ReportBounceRequest request;
  if (options.id.find('@') == std::string::npos) {
    request.set_id(options.id);
  } else {
    request.set_return_path(options.id);
  }
  request.set_status_code(options.status_code);
  request.set_diagnostic(options.diagnostic);
  v1::Message message;
  if (const auto refusal = client->Report(request, &message)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(message);
  } else {
    terminal.Line(absl::StrCat(message.id(), "  ", Sentence(message)));
  }
  return kOk;
}

}  // namespace posthaste::cli
