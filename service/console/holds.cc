#include "service/console/holds.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "service/console/json.h"

namespace posthaste::console {
namespace {

using Answer = absl::StatusOr<std::string>;

constexpr int kMinutesMax = 7 * 24 * 60;

bool Known(const api::Backend& backend, queue::HoldScope scope, const std::string& target) {
  const config::v1::Config& config = *backend.shared->config;
  switch (scope) {
    case queue::HoldScope::kAll:
      return target.empty();
    case queue::HoldScope::kTenant:
      return backend.shared->tenants->Find(target) != nullptr;
    case queue::HoldScope::kRelay:
      for (const config::v1::Relay& relay : config.relays()) {
        if (relay.id() == target) return true;
      }
      return false;
    case queue::HoldScope::kMailClass:
      return target == "CODE" || target == "NOTICE" || target == "GENERAL";
    case queue::HoldScope::kProvider:
      return !target.empty();
  }
  return false;
}

absl::StatusOr<queue::Hold> HoldOf(const api::Backend& backend, const ops::Order& order) {
  queue::Hold hold;
  bool found = false;
  const std::string name = TextField(order.request, "scope");
  for (int i = 1; i <= queue::kHoldScopes; ++i) {
    const auto scope = static_cast<queue::HoldScope>(i);
    if (queue::HoldScopeName(scope) != name) continue;
    hold.scope = scope;
    found = true;
  }
  if (!found)
    return absl::InvalidArgumentError("scope: must be all, tenant, mail_class, relay or provider");
  hold.target = TextField(order.request, "target");
  if (!Known(backend, hold.scope, hold.target))
    return absl::InvalidArgumentError(absl::StrCat("target: no ", name, " \"", hold.target, "\""));
  int minutes = 0;
  if (!absl::SimpleAtoi(TextField(order.request, "minutes"), &minutes) || minutes < 1 ||
      minutes > kMinutesMax) {
    return absl::InvalidArgumentError(absl::StrCat("minutes: from 1 to ", kMinutesMax));
  }
  hold.reason = order.reason;
  hold.creator = order.who.key;
  hold.create_time = backend.store->clock().Now();
  hold.expire_time = hold.create_time + absl::Minutes(minutes);
  return hold;
}

Task<Answer> CreateHold(api::Backend& backend, ops::Order order) {
  absl::StatusOr<queue::Hold> hold = HoldOf(backend, order);
  if (!hold.ok()) co_return hold.status();
  const absl::StatusOr<queue::Hold> made = co_await backend.store->holds().Create(*std::move(hold));
  if (!made.ok()) co_return made.status();
  co_return JsonObject().Text("id", queue::HoldId(made->number)).Done();
}

Task<Answer> DeleteHold(api::Backend& backend, ops::Order order) {
  const std::optional<int64_t> number = queue::ParseHoldId(TextField(order.request, "id"));
  if (!number) co_return absl::InvalidArgumentError("id: not the id of a hold");
  const absl::StatusOr<queue::Hold> gone = co_await backend.store->holds().Delete(*number);
  if (!gone.ok()) co_return gone.status();
  co_return JsonObject().Text("id", queue::HoldId(gone->number)).Done();
}

}  // namespace

void AddHolds(api::Backend& backend, ops::ConsoleParts& parts) {
  AddCall(backend, "CreateHold", true, CreateHold, parts);
  AddCall(backend, "DeleteHold", true, DeleteHold, parts);
}

}  // namespace posthaste::console
