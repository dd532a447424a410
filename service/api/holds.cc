#include "service/api/holds.h"

#include <algorithm>
#include <utility>

#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/queue/ids.h"
#include "smtp/provider.h"
#include "smtp/transcript.h"

namespace posthaste::api {
namespace {

constexpr size_t kTargetMax = 64;
constexpr absl::Duration kTtlMin = absl::Minutes(1), kTtlMax = absl::Hours(24 * 30),
                         kTtlDefault = absl::Hours(1);

template <typename Things>
bool Names(const Things& things, const std::string& id) {
  return std::any_of(things.begin(), things.end(),
                     [&id](const auto& thing) { return thing.id() == id; });
}

// Whether there is such a target; a hold of nobody's mail would be a trap.
bool TargetExists(const config::v1::Config& config, v1::Hold::Scope scope,
                  const std::string& target) {
  switch (scope) {
    case v1::Hold::ALL:
      return target.empty();
    case v1::Hold::TENANT:
      return Names(config.tenants(), target);
    case v1::Hold::MAIL_CLASS:
      return target == "CODE" || target == "NOTICE" || target == "GENERAL";
    case v1::Hold::RELAY:
      return Names(config.relays(), target);
    case v1::Hold::PROVIDER:
      return target == "other" || smtp::IsProvider(target);
    default:
      return true;  // The scope is wrong already.
  }
}

absl::Status CheckCreate(const Call& call, const v1::CreateHoldRequest& request,
                         absl::Duration& life) {
  Fields fields;
  const bool scoped =
      request.scope() != v1::Hold::SCOPE_UNSPECIFIED && v1::Hold::Scope_IsValid(request.scope());
  if (!scoped) {
    fields.Add("scope", "FIELD_INVALID", "must be ALL, TENANT, MAIL_CLASS, RELAY or PROVIDER");
  }
  fields.Line("target", request.target(), kTargetMax);
  if (!TargetExists(*call.backend.shared->config, request.scope(), request.target())) {
    fields.Add(
        "target", "FIELD_INVALID",
        request.scope() == v1::Hold::ALL ? "must be empty with ALL" : "there is none of that name");
  }
  fields.Reason(request.reason(), true);
  life = fields.Ttl(request.has_ttl(), request.ttl(), kTtlMin, kTtlMax).value_or(kTtlDefault);
  return fields.Done();
}

void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp) {
  SetMillis(absl::ToUnixMillis(time), timestamp);
}

v1::Hold ToHold(const queue::Hold& hold) {
  v1::Hold shown;
  shown.set_id(queue::HoldId(hold.number));
  shown.set_scope(static_cast<v1::Hold::Scope>(hold.scope));
  shown.set_target(hold.target);
  shown.set_reason(hold.reason);
  shown.set_creator(hold.creator);
  SetTime(hold.create_time, shown.mutable_create_time());
  SetTime(hold.expire_time, shown.mutable_expire_time());
  return shown;
}

}  // namespace

Task<absl::Status> HandleCreateHold(Call& call, const v1::CreateHoldRequest& request,
                                    v1::Hold& response) {
  absl::Duration life;
  if (absl::Status good = CheckCreate(call, request, life); !good.ok()) co_return good;
  queue::Store& store = *call.backend.store;
  queue::Hold hold;
  hold.scope = static_cast<queue::HoldScope>(request.scope());
  hold.target = request.target();
  hold.reason = smtp::RedactAddresses(request.reason());
  hold.creator = call.caller.key;
  hold.create_time = store.clock().Now();
  hold.expire_time = hold.create_time + life;
  const absl::StatusOr<queue::Hold> made = co_await store.holds().Create(std::move(hold));
  if (absl::IsResourceExhausted(made.status())) {
    co_return Exhausted("QUEUE_FULL", "holds", "there are as many holds as may be", absl::Hours(1));
  }
  if (!made.ok()) co_return FromStore(made.status());
  response = ToHold(*made);
  HoldChanged("created", call.caller.key, response, response.reason());
  co_return absl::OkStatus();
}

Task<absl::Status> HandleListHolds(Call& call, const v1::ListHoldsRequest&,
                                   v1::ListHoldsResponse& response) {
  queue::HoldBook& book = call.backend.store->holds();
  const absl::Status read = co_await book.Refresh();
  if (!read.ok()) co_return FromStore(read);
  for (const queue::Hold& hold : book.holds()) *response.add_holds() = ToHold(hold);
  co_return absl::OkStatus();
}

Task<absl::Status> HandleDeleteHold(Call& call, const v1::DeleteHoldRequest& request,
                                    v1::Hold& response) {
  Fields fields;
  const std::optional<int64_t> number = queue::ParseHoldId(request.id());
  if (!number) fields.Add("id", "FIELD_INVALID", "is not the id of a hold");
  fields.Reason(request.reason(), false);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const absl::StatusOr<queue::Hold> gone = co_await call.backend.store->holds().Delete(*number);
  if (absl::IsNotFound(gone.status()))
    co_return Missing("HOLD_NOT_FOUND", "posthaste.v1.Hold", request.id());
  if (!gone.ok()) co_return FromStore(gone.status());
  response = ToHold(*gone);
  const std::string reason = smtp::RedactAddresses(request.reason());
  HoldChanged("deleted", call.caller.key, response, reason);
  co_return absl::OkStatus();
}

const queue::Hold* HoldOf(const Backend& backend, std::string_view tenant,
                          queue::MailClass mail_class, std::string_view provider) {
  queue::HoldSubject subject;
  subject.tenant = tenant;
  subject.mail_class = mail_class;
  subject.provider = provider;
  const TenantView* view = backend.shared->tenants->Find(tenant);
  if (view != nullptr)
    subject.relays = {view->config->relays().begin(), view->config->relays().end()};
  return backend.store->holds().Find(subject);
}

void AddHoldReason(const Backend& backend, const queue::Record& record, v1::Message& message) {
  if (message.state() != v1::Message::QUEUED && message.state() != v1::Message::DEFERRED) return;
  const queue::Hold* hold =
      HoldOf(backend, record.facts.tenant(), record.head.mail_class, record.facts.provider());
  if (hold != nullptr) message.set_hold_reason(hold->reason);
}

}  // namespace posthaste::api
