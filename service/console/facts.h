// What the page Now is made of: facts of this process and of the queue, as the verdict reads them
// and as JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/ops/console/verdict.h"
#include "service/queue/holds.h"
#include "service/queue/queue.h"
#include "smtp/breaker.h"
#include "smtp/lately.h"

namespace posthaste::console {

// A relay's governor, read once.
struct RelayState {
  std::string id, where;  // "smtp.example.com:587"
  smtp::Breaker::State breaker = smtp::Breaker::State::kClosed;
  int open = 0, active = 0, window = 0;  // Sessions.
  std::vector<std::string> tenants;      // Whose route it is on.
};

struct NowFacts {
  absl::Time now;
  std::string redis_trouble;
  std::optional<absl::Time> redis_trouble_since;
  std::optional<queue::Stats> stats;  // Nothing while Redis is away.
  smtp::Lately::Picture lately;       // Over kVerdictSpan: what the verdict is made from.
  smtp::Lately::Picture chart;        // Over kChartSpan.
  std::vector<RelayState> relays;
  std::vector<queue::Hold> holds;  // In force, or to be.
  bool sends = true;
  int slots = 0, slots_used = 0;
};

inline constexpr absl::Duration kVerdictSpan = absl::Minutes(5);
inline constexpr absl::Duration kChartSpan = absl::Minutes(15);

ops::Situation SituationOf(const NowFacts& facts);

// With the verdict.
std::string NowJson(const NowFacts& facts);

}  // namespace posthaste::console
