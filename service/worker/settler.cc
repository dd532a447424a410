#include "service/worker/settler.h"

#include <algorithm>
#include <utility>

namespace posthaste::worker {
namespace {

constexpr size_t kBatchMax = 256;
constexpr absl::Duration kIdleWait = absl::Seconds(10);
constexpr absl::Duration kFirstWait = absl::Milliseconds(50), kLongestWait = absl::Seconds(1);

// Whether asking again may help: Redis is away, busy or full. Anything else is about what was
// asked.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace

Task<absl::StatusOr<queue::Settled>> Settler::Settle(queue::Settlement settlement) {
  const WaitingPtr waiting = std::make_shared<Waiting>(loop_);
  waiting->settlement = std::move(settlement);
  waiting->give_up = clock_.Steady() + absl::ToChronoNanoseconds(give_up_);
  queue_.push_back(waiting);
  if (!idle_.empty()) idle_.back()->Notify();
  co_await waiting->done.Wait(give_up_);
  if (!waiting->finished) std::erase(queue_, waiting);
  co_return waiting->answer;
}

Task<void> Settler::Run() {
  Signal work(loop_);
  while (!stopping_ || !queue_.empty()) {
    if (queue_.empty()) {
      idle_.push_back(&work);
      co_await work.Wait(kIdleWait);
      std::erase(idle_, &work);
      continue;
    }
    Batch batch = Take();
    co_await Offer(std::move(batch));
  }
}

Settler::Batch Settler::Take() {
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kBatchMax));
  Batch batch(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return batch;
}

// Repeating is safe: what was applied answers kAlready.
Task<void> Settler::Offer(Batch batch) {
  Signal pause(loop_);
  absl::Duration wait = kFirstWait;
  absl::Status status = co_await Ask(batch);
  while (!status.ok() && MayPass(status) && !stopping_) {
    const SteadyTime now = clock_.Steady();
    std::erase_if(batch, [now](const WaitingPtr& waiting) { return waiting->give_up <= now; });
    if (batch.empty()) co_return;
    co_await pause.Wait(wait);
    wait = std::min(wait * 2, kLongestWait);
    status = co_await Ask(batch);
  }
  if (status.ok()) co_return;
  if (batch.size() == 1 || MayPass(status)) {
    for (const WaitingPtr& waiting : batch) Finish(*waiting, status);
    co_return;
  }
  // One of them is refused; it shall not keep the others.
  for (const WaitingPtr& waiting : batch) {
    Batch alone(1, waiting);
    co_await Offer(std::move(alone));
  }
}

Task<absl::Status> Settler::Ask(const Batch& batch) {
  std::vector<queue::Settlement> settlements;
  settlements.reserve(batch.size());
  for (const WaitingPtr& waiting : batch) settlements.push_back(waiting->settlement);
  const absl::StatusOr<std::vector<queue::Settled>> answers =
      co_await leases_.Settle(std::move(settlements));
  if (!answers.ok()) co_return answers.status();
  for (size_t i = 0; i < batch.size(); ++i) Finish(*batch[i], (*answers)[i]);
  co_return absl::OkStatus();
}

void Settler::Finish(Waiting& waiting, absl::StatusOr<queue::Settled> answer) {
  waiting.answer = std::move(answer);
  waiting.finished = true;
  waiting.done.Notify();
}

void Settler::Stop() {
  stopping_ = true;
  for (Signal* idle : idle_) idle->Notify();
}

}  // namespace posthaste::worker
