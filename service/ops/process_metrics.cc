#include "service/ops/process_metrics.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/log.h"
#include "base/metrics.h"

namespace posthaste::ops {
namespace {

constexpr std::array kScopes = {queue::HoldScope::kAll, queue::HoldScope::kTenant,
                                queue::HoldScope::kMailClass, queue::HoldScope::kRelay,
                                queue::HoldScope::kProvider};
static_assert(kScopes.size() == queue::kHoldScopes);

struct LevelName {
  log::Level level;
  const char* name;
};
constexpr LevelName kLevels[] = {{log::Level::kDebug, "debug"},
                                 {log::Level::kInfo, "info"},
                                 {log::Level::kWarning, "warning"},
                                 {log::Level::kError, "error"}};

// `total` is counted elsewhere.
void RaiseTo(metrics::Counter& counter, uint64_t total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace

void ShowHolds(const std::vector<queue::Hold>& holds, absl::Time now) {
  for (const queue::HoldScope scope : kScopes) {
    const auto stands = [&](const queue::Hold& hold) {
      return hold.scope == scope && hold.expire_time > now;
    };
    metrics::GetGauge("posthaste_holds", "Holds in force, by what they keep back.",
                      {{"scope", std::string(queue::HoldScopeName(scope))}})
        .Set(static_cast<double>(std::count_if(holds.begin(), holds.end(), stands)));
  }
}

void ShowSlots(int busy, int slots) {
  const auto show = [](const char* state, int count) {
    metrics::GetGauge("posthaste_worker_slots", "Jobs that this process holds, and could hold too.",
                      {{"state", state}})
        .Set(count);
  };
  show("busy", busy);
  show("free", std::max(slots - busy, 0));
}

void ShowLog() {
  for (const LevelName& one : kLevels) {
    RaiseTo(metrics::GetCounter("posthaste_log_messages_total", "Lines of the log.",
                                {{"level", one.name}}),
            log::Written(one.level));
  }
  RaiseTo(metrics::GetCounter("posthaste_log_dropped_total",
                              "Lines of the log that were lost because its writer was behind."),
          log::Dropped());
}

}  // namespace posthaste::ops
