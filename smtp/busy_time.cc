#include "smtp/busy_time.h"

#include <cmath>

namespace posthaste::smtp {
namespace {

constexpr double kFadeSeconds = 60;
// What a message is thought to take before one has ended.
constexpr double kFirstSeconds = 0.1;

}  // namespace

void BusyTime::Advance(SteadyTime now, int active) {
  if (at_ != SteadyTime() && now > at_) {
    const double elapsed = std::chrono::duration<double>(now - at_).count();
    const double left = std::exp(-elapsed / kFadeSeconds);
    seconds_ = seconds_ * left + active * kFadeSeconds * (1 - left);
    ended_ *= left;
  }
  if (now > at_) at_ = now;
}

double BusyTime::Seconds(int pending) const {
  const double each = (seconds_ + kFirstSeconds) / (ended_ + 1);
  return seconds_ + pending * each;
}

}  // namespace posthaste::smtp
