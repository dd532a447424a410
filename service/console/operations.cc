#include "service/console/operations.h"

#include <utility>

#include "service/api/holds.h"
#include "service/api/probe.h"
#include "service/api/queue_stats.h"
#include "service/api/redrives.h"
#include "service/console/json.h"

namespace posthaste::console {
namespace {

Task<absl::StatusOr<std::string>> ListParked(api::Backend& backend, ops::Order order) {
  order.request = R"({"parked": {}, "validate_only": true})";
  api::Call call = CallOf(backend, order.who);
  co_return co_await AskJson(std::move(call), api::HandleRedriveMessages, std::move(order));
}

}  // namespace

void AddOperations(api::Backend& backend, ops::ConsoleParts& parts) {
  AddRpc(backend, "CreateHold", true, api::HandleCreateHold, parts);
  AddRpc(backend, "DeleteHold", true, api::HandleDeleteHold, parts);
  AddRpc(backend, "RedriveMessages", true, api::HandleRedriveMessages, parts);
  AddRpc(backend, "ProbeRelay", true, api::HandleProbeRelay, parts);
  AddRpc(backend, "GetQueueStats", false, api::HandleGetQueueStats, parts);
  AddCall(backend, "ListParked", false, ListParked, parts);
}

}  // namespace posthaste::console
