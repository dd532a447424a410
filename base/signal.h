// Lets one coroutine sleep until another, on the same loop, has something for it.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "absl/time/time.h"
#include "base/task.h"

namespace posthaste {

// One waiter at a time. A Notify with nobody waiting is kept for the next Wait.
class Signal {
 public:
  explicit Signal(Loop& loop) : timer_(loop) {}

  // Returns when notified, or when `limit` has passed.
  Task<void> Wait(absl::Duration limit) {
    if (!raised_) {
      timer_.expires_after(absl::ToChronoNanoseconds(limit));
      co_await timer_.async_wait(kAsTuple);
    }
    raised_ = false;
  }

  void Notify() {
    raised_ = true;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  bool raised_ = false;
};

}  // namespace posthaste
