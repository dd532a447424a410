#include "smtp/governor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "smtp/site_fault.h"

namespace posthaste::smtp {
namespace {

using std::chrono::seconds;

constexpr seconds kBackOffFirst{15}, kBackOffLongest{300};

metrics::Gauge& SessionsGauge(const std::string& relay, const char* state) {
  return metrics::GetGauge("posthaste_smtp_sessions", "Connections to relays.",
                           {{"relay", relay}, {"state", state}});
}

}  // namespace

Governor::Governor(std::string relay, const GovernorLimits& limits, const Clock& clock)
    : limits_(limits),
      reserved_(limits.sessions_max < 2 ? 0 : (limits.sessions_max + 4) / 5),
      clock_(clock),
      breaker_gauge_(metrics::GetGauge("posthaste_relay_breaker_state",
                                       "0 closed, 1 half-open, 2 open, 3 suspended.",
                                       {{"relay", relay}})),
      active_gauge_(SessionsGauge(relay, "active")),
      idle_gauge_(SessionsGauge(relay, "idle")),
      tokens_(std::max(1.0, limits.messages_per_second)),
      refilled_(clock.Steady()),
      listeners_(std::make_shared<Listeners>()) {}

Breaker::Gate Governor::GateAt(SteadyTime now) const {
  Breaker::Gate gate = breaker_.Ask(now);
  if (now < back_off_until_) {
    gate.retry_at = std::max(gate.pass ? SteadyTime() : gate.retry_at, back_off_until_);
    gate.pass = gate.probe = false;
  }
  return gate;
}

SteadyTime Governor::Refill(SteadyTime now) {
  const double rate = limits_.messages_per_second;
  if (rate <= 0) return now;
  const double elapsed = std::chrono::duration<double>(now - refilled_).count();
  tokens_ = std::min(std::max(1.0, rate), tokens_ + std::max(0.0, elapsed) * rate);
  refilled_ = now;
  if (tokens_ >= 1) return now;
  // Rounded up, so that whoever comes at the time told finds a whole token.
  return now +
         std::chrono::nanoseconds(static_cast<int64_t>(std::ceil((1 - tokens_) / rate * 1e9)) + 1);
}

Governor::Decision Governor::Begin(Urgency urgency, bool reuse) {
  const SteadyTime now = clock_.Steady();
  const absl::MutexLock lock(&mutex_);
  Decision decision;
  const Breaker::Gate gate = GateAt(now);
  if (!gate.pass) {
    decision.retry_at = gate.retry_at;
    return decision;
  }
  decision.answer = Answer::kBusy;
  const bool other = urgency == Urgency::kOther;
  const bool opens = !reuse || gate.probe;
  if (active_ >= limits_.sessions_max) return decision;
  if (other && active_other_ >= limits_.sessions_max - reserved_) return decision;
  if (opens && open_ >= limits_.sessions_max) return decision;
  const SteadyTime token_at = Refill(now);
  if (token_at > now) {
    decision.retry_at = token_at;
    return decision;
  }
  if (limits_.messages_per_second > 0) tokens_ -= 1;
  decision.answer = Answer::kGranted;
  decision.probe = gate.probe;
  if (gate.probe) breaker_.ProbeBegan(now);
  ++active_;
  if (other) ++active_other_;
  if (opens) ++open_;
  Publish(now);
  return decision;
}

void Governor::End(Urgency urgency, bool probe) {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    --active_;
    if (urgency == Urgency::kOther) --active_other_;
    if (probe) breaker_.ProbeAbandoned();  // Nothing to abandon if it has told how it went.
    Publish(clock_.Steady());
    nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::Closed() {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    --open_;
    Publish(clock_.Steady());
    nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::Opened() {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    breaker_.Succeeded();
    Publish(clock_.Steady());
    nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::OpenFailed(const Outcome& outcome) {
  const SteadyTime now = clock_.Steady();
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    const SiteFault fault = FaultAtOpening(outcome);
    if (fault == SiteFault::kCredentials) {
      breaker_.Failed(Breaker::Failure::kCredentials, now);
    } else if (fault == SiteFault::kRate) {
      BackOff(now);
    } else if (fault != SiteFault::kNone) {
      breaker_.Failed(fault == SiteFault::kTurnedAway ? Breaker::Failure::kTurnedAway
                                                      : Breaker::Failure::kUnreachable,
                      now);
    }
    Publish(now);
    nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::Judged(const Outcome& outcome) {
  const SteadyTime now = clock_.Steady();
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    const SiteFault fault = FaultInTransaction(outcome);
    if (fault == SiteFault::kCredentials) {
      breaker_.Failed(Breaker::Failure::kCredentials, now);
    } else if (fault == SiteFault::kRate) {
      BackOff(now);
    } else if (outcome.verdict == Verdict::kAccepted) {
      breaker_.Succeeded();
      // Messages that were under way when the relay asked for less do not prove that it wants more.
      if (now >= back_off_until_) back_off_ = seconds(0);
    } else {
      return;
    }
    Publish(now);
    nudged = ToNudge();
  }
  // Whoever waits must learn that the relay has closed.
  if (outcome.verdict != Verdict::kAccepted) Nudge(nudged);
}

void Governor::BackOff(SteadyTime now) {
  if (now < back_off_until_) return;  // Said to all that were under way: one reply.
  back_off_ = back_off_ == seconds(0) ? kBackOffFirst : std::min(back_off_ * 2, kBackOffLongest);
  back_off_until_ = now + back_off_;
}

void Governor::Reset() {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    breaker_.Reset();
    back_off_until_ = SteadyTime();
    back_off_ = seconds(0);
    Publish(clock_.Steady());
    nudged = ToNudge();
  }
  Nudge(nudged);
}

absl::Time Governor::ReopenTime() const {
  const SteadyTime now = clock_.Steady();
  const absl::MutexLock lock(&mutex_);
  const Breaker::Gate gate = GateAt(now);
  if (gate.pass) return absl::InfinitePast();
  return clock_.Now() + absl::FromChrono(gate.retry_at - now);
}

Breaker::State Governor::BreakerState() const {
  const absl::MutexLock lock(&mutex_);
  return breaker_.StateAt(clock_.Steady());
}

int Governor::open() const {
  const absl::MutexLock lock(&mutex_);
  return open_;
}

int Governor::active() const {
  const absl::MutexLock lock(&mutex_);
  return active_;
}

void Governor::WaitBegan() {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    ++waiting_;
    // Sessions that lie idle on other loops are to be given up for this one.
    const bool idle_elsewhere = open_ >= limits_.sessions_max && active_ < open_;
    if (idle_elsewhere) nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::WaitEnded() {
  const absl::MutexLock lock(&mutex_);
  --waiting_;
}

bool Governor::Starving() const {
  const absl::MutexLock lock(&mutex_);
  return waiting_ > 0 && open_ >= limits_.sessions_max;
}

int Governor::AddListener(std::function<void()> nudge) {
  const absl::MutexLock lock(&mutex_);
  auto copy = std::make_shared<Listeners>(*listeners_);
  copy->emplace_back(next_handle_, std::move(nudge));
  listeners_ = std::move(copy);
  return next_handle_++;
}

void Governor::RemoveListener(int handle) {
  const absl::MutexLock lock(&mutex_);
  auto copy = std::make_shared<Listeners>(*listeners_);
  std::erase_if(*copy, [handle](const auto& listener) { return listener.first == handle; });
  listeners_ = std::move(copy);
}

std::shared_ptr<const Governor::Listeners> Governor::ToNudge() const {
  return waiting_ > 0 ? listeners_ : nullptr;
}

void Governor::Nudge(const std::shared_ptr<const Listeners>& listeners) {
  if (listeners == nullptr) return;
  for (const auto& [handle, nudge] : *listeners) nudge();
}

void Governor::Publish(SteadyTime now) {
  breaker_gauge_.Set(static_cast<double>(breaker_.StateAt(now)));
  active_gauge_.Set(active_);
  idle_gauge_.Set(open_ - active_);
}

}  // namespace posthaste::smtp
