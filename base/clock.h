// The two clocks that the program may look at. Nothing outside base/ asks the system for the time.
//
// Wall time dates mail, deadlines and log lines; it can jump. Steady time measures waits; it
// cannot. Redis' own clock decides about leases and deadlines in scripts; its offset is kept by
// service/queue.
#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace posthaste {

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;

  // The wall clock. May jump in either direction.
  virtual absl::Time Now() const = 0;

  // Never goes back; only differences mean something.
  virtual SteadyTime Steady() const = 0;
};

// The system's clocks. Thread-safe; lives as long as the process.
const Clock& SystemClock();

// Milliseconds since the Unix epoch, rounded down.
inline int64_t ToMillis(absl::Time time) { return absl::ToUnixMillis(time); }
inline absl::Time FromMillis(int64_t millis) { return absl::FromUnixMillis(millis); }

}  // namespace posthaste
