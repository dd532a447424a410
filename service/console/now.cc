#include "service/console/now.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/redis/trouble.h"

namespace posthaste::console {

NowSource::NowSource(queue::Store& store,
                     const absl::flat_hash_map<std::string, smtp::Route>& routes,
                     std::function<std::string()> redis, std::function<int()> slots_used, int slots,
                     const Clock& clock)
    : store_(store),
      redis_(std::move(redis)),
      slots_used_(std::move(slots_used)),
      slots_(slots),
      clock_(clock) {
  SetRoutes(routes);
}

void NowSource::SetRoutes(const absl::flat_hash_map<std::string, smtp::Route>& routes) {
  relays_.clear();
  std::map<std::string, Known> known;
  for (const auto& [tenant, route] : routes) {
    for (const smtp::RouteStep& step : route) {
      Known& one = known[step.relay->options().id];
      one.relay = step.relay;
      one.tenants.push_back(tenant);
    }
  }
  for (auto& [id, one] : known) {
    std::sort(one.tenants.begin(), one.tenants.end());
    relays_.push_back(std::move(one));
  }
}

Task<std::string> NowSource::AskRedis() {
  const std::string away = redis_();
  if (!away.empty()) co_return away;
  co_return co_await redis::AskTrouble(store_.client());
}

void NowSource::Note(const std::string& trouble) {
  if (trouble.empty()) {
    trouble_since_.reset();
  } else if (!trouble_since_) {
    trouble_since_ = clock_.Now();
  }
}

Task<std::string> NowSource::Tell() {
  NowFacts facts;
  facts.redis_trouble = co_await AskRedis();
  Note(facts.redis_trouble);
  facts.redis_trouble_since = trouble_since_;
  const bool reachable = redis_().empty();
  if (reachable) {
    const absl::StatusOr<queue::Stats> stats = co_await store_.housekeeping().StatsNow();
    if (stats.ok()) facts.stats = *stats;
  }
  facts.now = clock_.Now();
  facts.holds = store_.holds().holds();
  facts.lately = smtp::TheLately().At(facts.now, kVerdictSpan);
  facts.chart = smtp::TheLately().At(facts.now, kChartSpan);
  facts.sends = slots_ > 0;
  facts.slots = slots_;
  facts.slots_used = slots_used_();
  for (const Known& one : relays_) {
    const smtp::RelayOptions& options = one.relay->options();
    const smtp::Governor& governor = one.relay->governor();
    facts.relays.push_back(
        {options.id, absl::StrCat(options.direct ? "direct" : options.host, ":", options.port),
         governor.BreakerState(), governor.open(), governor.active(), governor.window(),
         one.tenants});
  }
  co_return NowJson(facts);
}

}  // namespace posthaste::console
