#include "service/ops/queue_metrics.h"

#include <string>

#include "base/log.h"
#include "base/metrics.h"

namespace posthaste::ops {

void Show(const queue::Stats& stats) {
  static const std::string kNames[] = {"CODE", "NOTICE", "GENERAL"};
  for (int i = 0; i < queue::kMailClasses; ++i) {
    const queue::ClassStats& one = stats.classes[i];
    const auto jobs = [&](const char* state) -> metrics::Gauge& {
      return metrics::GetGauge(
          "posthaste_queue_jobs",
          "Messages in the queue: due, waiting for a later time, or held by a worker.",
          {{"mail_class", kNames[i]}, {"state", state}});
    };
    jobs("due").Set(static_cast<double>(one.due));
    jobs("waiting").Set(static_cast<double>(one.waiting));
    jobs("leased").Set(static_cast<double>(one.leased));
    metrics::GetGauge("posthaste_queue_oldest_timestamp_seconds",
                      "Since when the oldest due message has been due, in Unix time; 0 = none is.",
                      {{"mail_class", kNames[i]}})
        .Set(one.oldest ? absl::ToDoubleSeconds(*one.oldest - absl::UnixEpoch()) : 0);
  }
  metrics::GetGauge("posthaste_parked_jobs",
                    "Messages set aside after several workers died holding them.")
      .Set(static_cast<double>(stats.parked));
}

void CountCut(int64_t events) {
  static metrics::Counter& cut =
      metrics::GetCounter("posthaste_events_cut_total",
                          "Events that were cut from their stream because it was full, before "
                          "their 72 hours were over.");
  if (events <= 0) return;
  cut.Increment(static_cast<double>(events));
  log::Emit(log::Level::kError, "events_cut", {{"events", events}});
}

}  // namespace posthaste::ops
