// hold create|list|delete.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"

namespace posthaste::cli {
namespace {

std::string Whose(const v1::Hold& hold) {
  const std::string scope = absl::AsciiStrToLower(v1::Hold::Scope_Name(hold.scope()));
  return hold.target().empty() ? scope : absl::StrCat(scope, " ", hold.target());
}

void Print(const v1::Hold& hold, const AccessOptions& access, Terminal& terminal) {
  if (access.json) return terminal.Json(hold);
  const absl::Time now = SystemClock().Now();
  terminal.Line(absl::StrFormat("%s  %s  until %s  %s (%s)", hold.id(), Whose(hold),
                                Words(hold.expire_time(), now), Harmless(hold.reason()),
                                hold.creator()));
}

// "class" is what people say.
v1::Hold::Scope ScopeOf(const std::string& word) {
  v1::Hold::Scope scope = v1::Hold::SCOPE_UNSPECIFIED;
  v1::Hold::Scope_Parse(word == "class" ? "MAIL_CLASS" : absl::AsciiStrToUpper(word), &scope);
  return scope;
}

}  // namespace

int CreateHold(const AccessOptions& access, const HoldOptions& options, Terminal& terminal) {
  v1::CreateHoldRequest request;
  request.set_scope(ScopeOf(options.scope));
  if (request.scope() == v1::Hold::SCOPE_UNSPECIFIED) {
    terminal.Error(
        absl::StrCat(options.scope, " is not one of all, tenant, class, relay, provider"));
    return kUsage;
  }
  const bool by_class = request.scope() == v1::Hold::MAIL_CLASS;
  request.set_target(by_class ? absl::AsciiStrToUpper(options.target) : options.target);
  request.set_reason(options.reason);
  if (options.life > absl::ZeroDuration())
    request.mutable_ttl()->set_seconds(absl::ToInt64Seconds(options.life));
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::Hold hold;
  if (const auto refusal = client->Create(request, &hold)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  Print(hold, access, terminal);
  return kOk;
}

int ListHolds(const AccessOptions& access, const HoldOptions&, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ListHoldsResponse response;
  if (const auto refusal = client->List(v1::ListHoldsRequest(), &response)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  for (const v1::Hold& hold : response.holds()) Print(hold, access, terminal);
  if (response.holds().empty() && !access.json) terminal.Line("Nothing is held.");
  return kOk;
}

int DeleteHold(const AccessOptions& access, const HoldOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::DeleteHoldRequest request;
  request.set_id(options.id);
  request.set_reason(options.reason);
  v1::Hold hold;
  if (const auto refusal = client->Delete(request, &hold)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(hold);
  } else {
    terminal.Line(absl::StrCat("Ended: what it kept back (", Whose(hold), ") is due."));
  }
  return kOk;
}

}  // namespace posthaste::cli
