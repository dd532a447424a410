#include "smtp/breaker.h"

#include <algorithm>

namespace posthaste::smtp {
namespace {

using std::chrono::seconds;

constexpr int kDeadWeight = 9;
constexpr seconds kDeadFirst{60}, kSuspendedFirst{300}, kLongest{1800};
// Longer than connecting, greeting, TLS and AUTH may take together (PhaseLimits).
constexpr seconds kProbeLimit{180};

}  // namespace

Breaker::Gate Breaker::Ask(SteadyTime now) const {
  Gate gate;
  if (cause_ == Cause::kNone) {
    gate.pass = true;
  } else if (now < open_until_) {
    gate.retry_at = open_until_;
  } else if (probing_ && now < probe_until_) {
    // The probe will know soon.
    gate.retry_at = std::min(probe_until_, now + seconds(5));
  } else {
    gate.pass = gate.probe = true;
  }
  return gate;
}

void Breaker::ProbeBegan(SteadyTime now) {
  probing_ = true;
  probe_until_ = now + kProbeLimit;
}

void Breaker::Succeeded() {
  // A suspended relay may have sessions from before; only a new one proves that the credentials are
  // good again.
  if (cause_ == Cause::kSuspended && !probing_) return;
  Reset();
}

void Breaker::Failed(Failure failure, SteadyTime now) {
  if (failure == Failure::kCredentials) return Open(Cause::kSuspended, now);
  weight_ = std::min(kDeadWeight, weight_ + (failure == Failure::kUnreachable ? 3 : 1));
  if (cause_ == Cause::kNone && weight_ < kDeadWeight) return;
  Open(cause_ == Cause::kNone ? Cause::kDead : cause_, now);
}

void Breaker::Open(Cause cause, SteadyTime now) {
  // Sessions that were begun before it opened all fail together; that is one failure.
  if (cause_ == cause && now < open_until_) return;
  const seconds first = cause == Cause::kDead ? kDeadFirst : kSuspendedFirst;
  delay_ = cause_ == cause && delay_ > seconds(0) ? std::min(delay_ * 2, kLongest) : first;
  cause_ = cause;
  open_until_ = now + delay_;
  probing_ = false;
}

Breaker::State Breaker::StateAt(SteadyTime now) const {
  if (cause_ == Cause::kNone) return State::kClosed;
  if (now >= open_until_) return State::kHalfOpen;
  return cause_ == Cause::kSuspended ? State::kSuspended : State::kOpen;
}

}  // namespace posthaste::smtp
