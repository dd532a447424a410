// What the page Now is made of: facts of the processes and of the queue, as the verdict reads them
// and as JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/delivery/report.h"
#include "service/ops/console/verdict.h"
#include "service/queue/holds.h"
#include "service/queue/queue.h"
#include "smtp/lately_state.h"

namespace posthaste::console {

struct NowFacts {
  absl::Time now;
  std::string redis_trouble;
  std::optional<absl::Time> redis_trouble_since;
  std::optional<queue::Stats> stats;  // Nothing while Redis is away.
  delivery::Report delivery;          // Of all processes.
  smtp::LatelyPicture lately;         // Of it over kVerdictSpan: what the verdict is made from.
  smtp::LatelyPicture chart;          // Of it over kChartSpan.
  std::vector<queue::Hold> holds;     // In force, or to be.

  bool sends() const { return delivery.slots > 0; }
};

inline constexpr absl::Duration kVerdictSpan = absl::Minutes(5);
inline constexpr absl::Duration kChartSpan = absl::Minutes(15);

ops::Situation SituationOf(const NowFacts& facts);

// With the verdict.
std::string NowJson(const NowFacts& facts);

}  // namespace posthaste::console
