#include "service/worker/hold_keeper.h"

#include <algorithm>
#include <set>

namespace posthaste::worker {
namespace {

// A worker that learns of the end of a hold later than we may still put jobs off by it: they are
// looked for a few times more.
constexpr int kSweepsAfterRemoval = 5;
// And now and then in any case: a hold may have gone while nobody looked.
constexpr int kSweepEvery = 60;
constexpr int kSweptMax = 256;    // Of one call, as HoldBook::Sweep says.
constexpr int kBatchesMax = 400;  // Of one look; the next goes on.

}  // namespace

Task<void> HoldKeeper::Look() {
  queue::HoldBook& book = store_.holds();
  const absl::Status read = co_await book.Refresh();
  if (!read.ok()) co_return;
  CloseRelays();
  OpenProbed();
  const bool removed = book.removals() != removals_;
  if (removed) sweeps_left_ = kSweepsAfterRemoval;
  removals_ = book.removals();
  const bool due = sweeps_left_ > 0 || look_ % kSweepEvery == 0;
  if (sweeps_left_ > 0) --sweeps_left_;
  ++look_;
  if (due) co_await Sweep(removed);
}

// Holds are on Redis' clock, a governor's on our steady one.
void HoldKeeper::CloseRelays() {
  const absl::Time now = store_.clock().Now();
  std::set<const smtp::Relay*> seen;
  for (const auto& [tenant, route] : shared_->routes) {
    for (const smtp::RouteStep& step : route) {
      if (!seen.insert(step.relay.get()).second) continue;
      const queue::Hold* hold =
          queue::FindRelayHold(store_.holds().holds(), step.relay->options().id, now);
      SteadyTime until{};
      if (hold != nullptr) {
        until = clock_.Steady() + absl::ToChronoNanoseconds(hold->expire_time - now);
      }
      step.relay->governor().HoldUntil(until);
    }
  }
}

void HoldKeeper::OpenProbed() {
  for (const auto& [tenant, route] : shared_->routes) {
    for (const smtp::RouteStep& step : route) {
      const auto passed = store_.holds().probes().find(step.relay->options().id);
      if (passed == store_.holds().probes().end()) continue;
      absl::Time& heeded = probed_[passed->first];
      // What was told before we began says nothing about what we have seen since.
      const bool news = look_ > 0 && passed->second > heeded;
      heeded = std::max(heeded, passed->second);
      if (news) step.relay->governor().Reset();
    }
  }
}

Task<void> HoldKeeper::Sweep(bool of_relays) {
  const absl::StatusOr<std::vector<bool>> held = co_await store_.holds().HeldShards();
  if (!held.ok()) co_return;
  for (const int shard : shards_) {
    if (!(*held)[static_cast<size_t>(shard)]) continue;
    absl::StatusOr<int> swept = co_await store_.holds().Sweep(shard, of_relays);
    for (int i = 0; i < kBatchesMax && swept.ok() && *swept == kSweptMax; ++i)
      swept = co_await store_.holds().Sweep(shard, of_relays);
  }
}

}  // namespace posthaste::worker
