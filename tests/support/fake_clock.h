// A clock that stands still until a test moves it.
#pragma once

#include "base/clock.h"

namespace posthaste {

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  SteadyTime Steady() const override { return steady_; }

  // Moves both clocks.
  void Advance(absl::Duration by) {
    now_ += by;
    steady_ += absl::ToChronoNanoseconds(by);
  }
  // Moves the wall clock only, as an administrator or NTP would.
  void Jump(absl::Duration by) { now_ += by; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  SteadyTime steady_{std::chrono::hours(1)};
};

}  // namespace posthaste
