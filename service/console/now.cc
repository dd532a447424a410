#include "service/console/now.h"

#include <utility>

#include "service/redis/trouble.h"

namespace posthaste::console {

NowSource::NowSource(queue::Store& store, delivery::Reporter& reporter,
                     std::function<std::string()> redis, const Clock& clock)
    : store_(store), reporter_(reporter), redis_(std::move(redis)), clock_(clock) {}

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
  if (reachable) {
    facts.delivery = co_await reporter_.All();
  } else {
    facts.delivery = reporter_.Own();
  }
  facts.now = clock_.Now();
  facts.holds = store_.holds().holds();
  facts.lately = PictureOf(facts.delivery.lately, facts.now, kVerdictSpan);
  facts.chart = PictureOf(facts.delivery.lately, facts.now, kChartSpan);
  co_return NowJson(facts);
}

}  // namespace posthaste::console
