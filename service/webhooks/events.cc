#include "service/webhooks/events.h"

#include <algorithm>

#include "base/log.h"

namespace posthaste::webhooks {
namespace {

metrics::Labels LabelsOf(const Endpoint& endpoint) {
  return {{"tenant", endpoint.tenant}, {"webhook", endpoint.id}};
}

}  // namespace

Figures::Figures(const Endpoint& endpoint)
    : behind_(metrics::GetGauge(
          "posthaste_webhook_behind_seconds",
          "How old the first event is that a webhook has not taken; 0 = it is told all, or by "
          "another process.",
          LabelsOf(endpoint))),
      paused_(metrics::GetGauge("posthaste_webhook_paused", "1: the webhook is told nothing.",
                                LabelsOf(endpoint))) {}

void Figures::Show(absl::Duration behind, bool paused) {
  behind_.Set(absl::ToDoubleSeconds(std::max(behind, absl::ZeroDuration())));
  paused_.Set(paused ? 1 : 0);
}

void Asked(const Endpoint& endpoint, const Outcome& outcome) {
  metrics::Labels labels = LabelsOf(endpoint);
  labels["result"] = WordOf(outcome);
  metrics::GetCounter("posthaste_webhook_requests_total", "Requests to webhooks, by their end.",
                      labels)
      .Increment();
}

void Failed(const Endpoint& endpoint, const std::string& event, const Outcome& outcome,
            int failures, absl::Duration wait) {
  log::Emit(log::Level::kWarning, "webhook_failed",
            {{"tenant", std::string_view(endpoint.tenant)},
             {"webhook", std::string_view(endpoint.id)},
             {"event_id", std::string_view(event)},
             {"status", static_cast<int64_t>(outcome.status)},
             {"why", std::string_view(outcome.why)},
             {"failures", static_cast<int64_t>(failures)},
             {"wait_s", absl::ToDoubleSeconds(wait)}});
}

void Recovered(const Endpoint& endpoint, int failures) {
  log::Emit(log::Level::kInfo, "webhook_recovered",
            {{"tenant", std::string_view(endpoint.tenant)},
             {"webhook", std::string_view(endpoint.id)},
             {"failures", static_cast<int64_t>(failures)}});
}

void Paused(const Endpoint& endpoint, std::string_view why) {
  log::Emit(log::Level::kError, "webhook_paused",
            {{"tenant", std::string_view(endpoint.tenant)},
             {"webhook", std::string_view(endpoint.id)},
             {"why", why}});
}

void Missed(const Endpoint& endpoint, int shards) {
  metrics::GetCounter("posthaste_webhook_gaps_total",
                      "Times that events were no longer kept when a webhook was to be told them.",
                      LabelsOf(endpoint))
      .Increment();
  log::Emit(log::Level::kError, "webhook_missed",
            {{"tenant", std::string_view(endpoint.tenant)},
             {"webhook", std::string_view(endpoint.id)},
             {"shards", static_cast<int64_t>(shards)}});
}

}  // namespace posthaste::webhooks
