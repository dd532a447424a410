#include "service/worker/settler.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace posthaste::worker {
namespace {

constexpr size_t kBatchMax = 256;
constexpr absl::Duration kFirstWait = absl::Milliseconds(50), kLongestWait = absl::Seconds(1);

}  // namespace

Task<absl::StatusOr<queue::Settled>> Settler::Settle(queue::Settlement settlement) {
  WaitingPtr waiting = std::make_shared<Waiting>(loop_);
  waiting->settlement = std::move(settlement);
  queue_.push_back(waiting);
  work_.Notify();
  while (!waiting->finished) co_await waiting->done.Wait(kGiveUpAfter);
  co_return waiting->answer;
}

Task<void> Settler::Run() {
  while (!stopping_ || !queue_.empty()) {
    if (queue_.empty()) {
      co_await work_.Wait(absl::Seconds(1));
      continue;
    }
    const size_t size = std::min(queue_.size(), kBatchMax);
    std::vector<WaitingPtr> batch(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
    co_await Offer(std::move(batch));
  }
}

Task<void> Settler::Offer(std::vector<WaitingPtr> batch) {
  const SteadyTime give_up = SystemClock().Steady() + absl::ToChronoNanoseconds(kGiveUpAfter);
  absl::Duration wait = kFirstWait;
  absl::StatusOr<std::vector<queue::Settled>> answers = absl::UnavailableError("not asked");
  while (true) {
    std::vector<queue::Settlement> settlements;
    for (const WaitingPtr& waiting : batch) settlements.push_back(waiting->settlement);
    answers = co_await leases_.Settle(std::move(settlements));
    if (answers.ok() || SystemClock().Steady() > give_up) break;
    // Repeating is safe: what was applied answers kAlready.
    Signal pause(loop_);
    co_await pause.Wait(wait);
    wait = std::min(wait * 2, kLongestWait);
  }
  for (size_t i = 0; i < batch.size(); ++i) {
    if (answers.ok()) {
      batch[i]->answer = (*answers)[i];
    } else {
      batch[i]->answer = answers.status();
    }
    batch[i]->finished = true;
    batch[i]->done.Notify();
  }
}

void Settler::Stop() {
  stopping_ = true;
  work_.Notify();
}

}  // namespace posthaste::worker
