#include "service/queue/read_gate.h"

#include <deque>
#include <utility>

#include "absl/time/time.h"
#include "base/signal.h"

namespace posthaste::queue {
namespace {

constexpr absl::Duration kLook = absl::Seconds(5);

struct Waiter {
  explicit Waiter(Loop& loop) : called(loop) {}
  Signal called;
  bool in = false;
};

}  // namespace

struct ReadGate::Pass::State {
  explicit State(Loop& its_loop) : loop(its_loop) {}

  Loop& loop;
  int free = kPlaces;
  std::deque<std::shared_ptr<Waiter>> waiting;  // None while a place is free.
};

ReadGate::ReadGate(Loop& loop) : state_(std::make_shared<Pass::State>(loop)) {}

ReadGate::~ReadGate() { state_->waiting.clear(); }

ReadGate::Pass::Pass(std::shared_ptr<State> state) : state_(std::move(state)) {}

ReadGate::Pass::~Pass() {
  if (state_ == nullptr) return;
  if (state_->waiting.empty()) {
    ++state_->free;
    return;
  }
  const std::shared_ptr<Waiter> next = std::move(state_->waiting.front());
  state_->waiting.pop_front();
  next->in = true;
  next->called.Notify();
}

Task<ReadGate::Pass> ReadGate::Enter() {
  const std::shared_ptr<Pass::State> state = state_;
  if (state->free > 0) {
    --state->free;
    co_return Pass(state);
  }
  const auto mine = std::make_shared<Waiter>(state->loop);
  state->waiting.push_back(mine);
  while (!mine->in) co_await mine->called.Wait(kLook);
  co_return Pass(state);
}

}  // namespace posthaste::queue
