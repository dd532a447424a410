#include "service/queue/server_clock.h"

#include <algorithm>

namespace posthaste::queue {
namespace {

// How far two clocks may drift apart while ours only watches: 1 in this many (200 ppm).
constexpr int kDriftPart = 5000;

absl::Duration SinceStart(SteadyTime time) { return absl::FromChrono(time.time_since_epoch()); }

}  // namespace

absl::Time ServerClock::Now() const {
  if (!observed_) return clock_.Now();
  return absl::UnixEpoch() + SinceStart(clock_.Steady()) + low_ + (high_ - low_) / 2;
}

void ServerClock::Observe(int64_t redis_ms, SteadyTime asked, SteadyTime answered) {
  const absl::Duration redis = absl::Milliseconds(redis_ms);
  const absl::Duration low = redis - SinceStart(answered);
  const absl::Duration high = redis + absl::Milliseconds(1) - SinceStart(asked);
  const absl::Duration drift =
      observed_ ? SinceStart(answered) - SinceStart(last_) : absl::ZeroDuration();
  const absl::Duration slack = std::max(drift, absl::ZeroDuration()) / kDriftPart;
  const absl::Duration narrow_low = std::max(low, low_ - slack);
  const absl::Duration narrow_high = std::min(high, high_ + slack);
  const bool agrees = observed_ && narrow_low <= narrow_high;
  low_ = agrees ? narrow_low : low;
  high_ = agrees ? narrow_high : high;
  last_ = answered;
  observed_ = true;
}

absl::Duration ServerClock::Age() const {
  if (!observed_) return absl::InfiniteDuration();
  return SinceStart(clock_.Steady()) - SinceStart(last_);
}

}  // namespace posthaste::queue
