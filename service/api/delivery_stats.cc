#include "service/api/delivery_stats.h"

#include "service/api/convert.h"
#include "service/api/fields.h"
#include "service/api/probe.h"
#include "service/queue/holds.h"
#include "smtp/lately.h"

namespace posthaste::api {
namespace {

using Response = v1::GetDeliveryStatsResponse;

constexpr absl::Duration kWindowDefault = absl::Minutes(5);
const absl::Duration kWindowMax = smtp::Lately::kSlice * smtp::Lately::kSlices;

void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp) {
  SetMillis(absl::ToUnixMillis(time), timestamp);
}

void SetDuration(absl::Duration duration, google::protobuf::Duration* shown) {
  shown->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  shown->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

void Show(const smtp::LatelyCounts& counts, Response::Counts& shown) {
  shown.set_accepted(counts.accepted);
  shown.set_deferred(counts.deferred);
  shown.set_bounced(counts.bounced);
  shown.set_uncertain(counts.uncertain);
  shown.set_relay_failed(counts.relay_failed);
}

void Show(const smtp::LatelyFailure& failure, Response::Failure& shown) {
  SetTime(failure.time, shown.mutable_time());
  shown.set_message_id(failure.message);
  shown.set_relay(failure.relay);
  shown.set_provider(failure.provider);
  shown.set_phase(failure.phase);
  shown.set_outcome(failure.outcome);
  shown.set_failure_class(static_cast<v1::FailureClass>(failure.failure_class));
  shown.set_reply(failure.reply);
}

// Of a relay or a provider.
template <typename Shown>
void ShowCounted(const smtp::Lately::Of& counted, Shown& shown) {
  Show(counted.counts, *shown.mutable_counts());
  if (!counted.failing_since) return;
  SetTime(*counted.failing_since, shown.mutable_failing_since());
  Show(counted.last, *shown.mutable_last_failure());
}

void ShowState(smtp::Relay& relay, const queue::Hold* hold, absl::Time now,
               Response::Relay& shown) {
  const smtp::Governor& governor = relay.governor();
  shown.set_breaker(
      static_cast<Response::Relay::Breaker>(static_cast<int>(governor.BreakerState()) + 1));
  const absl::Time reopen = governor.ReopenTime();
  if (reopen > now && reopen < absl::InfiniteFuture()) {
    SetTime(reopen, shown.mutable_reopen_time());
  }
  shown.set_sessions_open(governor.open());
  shown.set_sessions_active(governor.active());
  shown.set_sessions_allowed(governor.window());
  if (hold != nullptr) shown.set_hold_reason(hold->reason);
}

void ShowCodes(const smtp::Lately::Picture& picture, Response& response) {
  Show(picture.codes, *response.mutable_codes());
  if (picture.p50) SetDuration(*picture.p50, response.mutable_code_p50());
  if (picture.p95) SetDuration(*picture.p95, response.mutable_code_p95());
  if (picture.p99) SetDuration(*picture.p99, response.mutable_code_p99());
}

}  // namespace

Task<absl::Status> HandleGetDeliveryStats(Call& call, const v1::GetDeliveryStatsRequest& request,
                                          Response& response) {
  Fields fields;
  const absl::Duration window =
      fields
          .Span("window", request.has_window(), request.window(), smtp::Lately::kSlice, kWindowMax)
          .value_or(kWindowDefault);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  if (call.backend.sender == nullptr) co_return NoWorkerHere();
  const Shared& shared = *call.backend.shared;
  const absl::Time now = shared.clock->Now();
  const smtp::Lately::Picture picture = smtp::TheLately().At(now, window);
  queue::Store& store = *call.backend.store;
  SetDuration(window, response.mutable_window());
  for (const auto& [id, relay] : shared.relays) {
    Response::Relay& shown = *response.add_relays();
    shown.set_id(id);
    shown.mutable_counts();
    for (const smtp::Lately::Of& counted : picture.relays) {
      if (counted.name == id) ShowCounted(counted, shown);
    }
    ShowState(*relay, queue::FindRelayHold(store.holds().holds(), id, store.clock().Now()), now,
              shown);
  }
  for (const smtp::Lately::Of& counted : picture.providers) {
    Response::Provider& shown = *response.add_providers();
    shown.set_name(counted.name);
    ShowCounted(counted, shown);
  }
  ShowCodes(picture, response);
  for (const smtp::LatelyFailure& failure : picture.failures)
    Show(failure, *response.add_failures());
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
