#include "smtp/lane.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace posthaste::smtp {

Lane::Permit::Permit(Permit&& other) noexcept { *this = std::move(other); }

Lane::Permit& Lane::Permit::operator=(Permit&& other) noexcept {
  if (this == &other) return *this;
  Release();
  answer = other.answer;
  retry_at = other.retry_at;
  connection = std::move(other.connection);
  slot = std::move(other.slot);
  lane_ = std::exchange(other.lane_, nullptr);
  urgency_ = other.urgency_;
  probe_ = other.probe_;
  return *this;
}

void Lane::Permit::Release() {
  connection.reset();
  slot.reset();
  const std::shared_ptr<Lane> lane = std::exchange(lane_, nullptr);
  if (lane == nullptr) return;
  lane->relay_->governor().End(urgency_, probe_);
  --lane->active_;
  lane->Pump();
  if (lane->active_ == 0 && lane->on_idle_ != nullptr) lane->on_idle_();
}

Lane::Lane(Loop& loop, const Clock& clock, std::shared_ptr<Relay> relay,
           std::unique_ptr<Dialer> dialer)
    : loop_(loop),
      clock_(clock),
      relay_(std::move(relay)),
      dialer_(std::move(dialer)),
      pool_(relay_->options()) {}

std::shared_ptr<Lane> Lane::Create(Loop& loop, const Clock& clock, std::shared_ptr<Relay> relay,
                                   std::unique_ptr<Dialer> dialer) {
  std::shared_ptr<Lane> lane(new Lane(loop, clock, std::move(relay), std::move(dialer)));
  const std::weak_ptr<Lane> weak = lane;
  lane->listener_ = lane->relay_->governor().AddListener([&loop, weak] {
    asio::post(loop, [weak] {
      if (const std::shared_ptr<Lane> nudged = weak.lock()) nudged->Nudged();
    });
  });
  return lane;
}

Lane::~Lane() { relay_->governor().RemoveListener(listener_); }

Lane::Permit Lane::Try(Urgency urgency) {
  Permit permit;
  if (stopped_) return permit;
  pool_.Prune(clock_.Steady());
  const bool reuse = !pool_.empty();
  const Governor::Decision decision = relay_->governor().Begin(urgency, reuse);
  permit.answer = decision.answer;
  permit.retry_at = decision.retry_at;
  if (decision.answer != Governor::Answer::kGranted) return permit;
  permit.lane_ = shared_from_this();
  permit.urgency_ = urgency;
  permit.probe_ = decision.probe;
  ++active_;
  if (reuse && !decision.probe) {
    permit.connection = pool_.Take();
  } else {
    permit.slot = std::make_unique<Slot>(relay_);
  }
  return permit;
}

Task<Lane::Permit> Lane::Acquire(Urgency urgency, SteadyTime limit) {
  const std::shared_ptr<Lane> self = shared_from_this();
  std::deque<Waiter*>& queue = urgency == Urgency::kCode ? codes_ : others_;
  Permit permit;
  permit.answer = Governor::Answer::kBusy;
  // Nobody overtakes those who have as good a right and were here before.
  if (codes_.empty() && queue.empty()) permit = Try(urgency);
  if (permit.answer != Governor::Answer::kBusy) co_return permit;
  if (codes_.size() + others_.size() >= static_cast<size_t>(relay_->options().waiters_max)) {
    co_return permit;
  }
  const SteadyTime end =
      std::min(limit, clock_.Steady() + absl::ToChronoNanoseconds(relay_->options().wait_max));
  Waiter waiter(*this, queue);
  SteadyTime retry_at = permit.retry_at;
  while (!waiter.done) {
    const SteadyTime now = clock_.Steady();
    if (now >= end) break;
    waiter.wake_at = std::min(end, retry_at);
    waiter.timer.expires_after(waiter.wake_at - now);
    co_await waiter.timer.async_wait(kAsTuple);
    if (waiter.done) break;
    Pump();
    // Never sooner than this: a clock that lags behind the timer must not make us spin.
    retry_at = std::max(waiter.permit.retry_at, clock_.Steady() + std::chrono::milliseconds(1));
  }
  co_return std::move(waiter.permit);
}

Lane::Waiter::Waiter(Lane& lane, std::deque<Waiter*>& queue)
    : lane(lane), queue(queue), timer(lane.loop_) {
  permit.answer = Governor::Answer::kBusy;
  queue.push_back(this);
  lane.relay_->governor().WaitBegan();
}

Lane::Waiter::~Waiter() {
  std::erase(queue, this);
  lane.relay_->governor().WaitEnded();
}

void Lane::Pump() {
  while (!codes_.empty() && PumpOne(codes_, Urgency::kCode)) {
  }
  if (!codes_.empty()) return;
  while (!others_.empty() && PumpOne(others_, Urgency::kOther)) {
  }
}

bool Lane::PumpOne(std::deque<Waiter*>& queue, Urgency urgency) {
  Waiter& waiter = *queue.front();
  waiter.permit = Try(urgency);
  if (waiter.permit.answer == Governor::Answer::kBusy) {
    // Only the first in the queue watches for the rate's next token.
    if (waiter.permit.retry_at < waiter.wake_at) waiter.timer.cancel();
    return false;
  }
  queue.pop_front();
  waiter.done = true;
  waiter.timer.cancel();
  return true;
}

void Lane::Nudged() {
  if (!codes_.empty() || !others_.empty()) return Pump();
  if (relay_->governor().Starving()) pool_.GiveUpOne();
}

void Lane::Stop() {
  stopped_ = true;
  Pump();
}

}  // namespace posthaste::smtp
