#include "service/api/delivery_stats.h"

#include "service/api/convert.h"
#include "service/api/fields.h"
#include "service/api/refusal.h"
#include "service/delivery/reporter.h"
#include "service/queue/holds.h"
#include "smtp/lately_state.h"

namespace posthaste::api {
namespace {

using Response = v1::GetDeliveryStatsResponse;

constexpr absl::Duration kWindowDefault = absl::Minutes(5);
const absl::Duration kWindowMax = smtp::kLatelySlice * smtp::kLatelySlices;

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
void ShowCounted(const smtp::LatelyOf& counted, Shown& shown) {
  Show(counted.counts, *shown.mutable_counts());
  if (!counted.failing_since) return;
  SetTime(*counted.failing_since, shown.mutable_failing_since());
  Show(counted.last, *shown.mutable_last_failure());
}

void ShowState(const delivery::RelayState& relay, const queue::Hold* hold, Response::Relay& shown) {
  shown.set_breaker(static_cast<Response::Relay::Breaker>(static_cast<int>(relay.breaker) + 1));
  if (relay.reopen) SetTime(*relay.reopen, shown.mutable_reopen_time());
  shown.set_sessions_open(relay.open);
  shown.set_sessions_active(relay.active);
  shown.set_sessions_allowed(relay.window);
  if (hold != nullptr) shown.set_hold_reason(hold->reason);
}

void ShowCodes(const smtp::LatelyPicture& picture, Response& response) {
  Show(picture.codes, *response.mutable_codes());
  if (picture.p50) SetDuration(*picture.p50, response.mutable_code_p50());
  if (picture.p95) SetDuration(*picture.p95, response.mutable_code_p95());
  if (picture.p99) SetDuration(*picture.p99, response.mutable_code_p99());
}

// Of this process.
delivery::Report Own(const Call& call) {
  const Shared& shared = *call.backend.shared;
  std::vector<delivery::OwnRelay> relays;
  for (const auto& [id, relay] : shared.relays) relays.push_back({relay, {}});
  const int slots = call.backend.sender == nullptr ? 0 : shared.config->worker().slots();
  return OwnReport(relays, slots, 0, shared.clock->Now());
}

void ShowRelays(const delivery::Report& report, const smtp::LatelyPicture& picture,
                queue::Store& store, Response& response) {
  for (const delivery::RelayState& relay : report.relays) {
    Response::Relay& shown = *response.add_relays();
    shown.set_id(relay.id);
    shown.mutable_counts();
    for (const smtp::LatelyOf& counted : picture.relays) {
      if (counted.name == relay.id) ShowCounted(counted, shown);
    }
    ShowState(relay, FindRelayHold(store.holds().holds(), relay.id, store.clock().Now()), shown);
  }
}

}  // namespace

Task<absl::Status> HandleGetDeliveryStats(Call& call, const v1::GetDeliveryStatsRequest& request,
                                          Response& response) {
  Fields fields;
  const absl::Duration window =
      fields.Span("window", request.has_window(), request.window(), smtp::kLatelySlice, kWindowMax)
          .value_or(kWindowDefault);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  queue::Store& store = *call.backend.store;
  delivery::Report own = Own(call);
  const absl::StatusOr<delivery::Report> report =
      co_await delivery::TogetherWithOthers(store, std::move(own));
  if (!report.ok()) co_return FromStore(report.status());
  const smtp::LatelyPicture picture = PictureOf(report->lately, report->time, window);
  SetDuration(window, response.mutable_window());
  response.set_processes(report->processes);
  ShowRelays(*report, picture, store, response);
  for (const smtp::LatelyOf& counted : picture.providers) {
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
