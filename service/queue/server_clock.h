// What time it is on Redis' clock, which decides about leases and deadlines.
//
// Every script returns its time in milliseconds. That time lay between the question and the answer,
// so each observation bounds the offset between Redis' clock and our steady one; the bounds of all
// observations are intersected, and widened as both clocks drift. An observation that contradicts
// the bounds means that Redis' clock was set: it stands alone then. One per loop.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"

namespace posthaste::queue {

class ServerClock {
 public:
  explicit ServerClock(const Clock& clock) : clock_(clock) {}

  // The middle of what is possible; our own clock's time before the first observation.
  absl::Time Now() const;
  int64_t NowMillis() const { return ToMillis(Now()); }

  // `redis_ms` was read by Redis between `asked` and `answered` (Clock::Steady).
  void Observe(int64_t redis_ms, SteadyTime asked, SteadyTime answered);

  // How long ago the last observation was; InfiniteDuration before the first.
  absl::Duration Age() const;

  // The steady clock, for `asked` and `answered`.
  SteadyTime Steady() const { return clock_.Steady(); }

 private:
  const Clock& clock_;
  bool observed_ = false;
  SteadyTime last_;
  absl::Duration low_, high_;  // Bounds of (Redis' time − steady time), at last_.
};

}  // namespace posthaste::queue
