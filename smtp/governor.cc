#include "smtp/governor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "smtp/site_fault.h"

namespace posthaste::smtp {
namespace {

using std::chrono::seconds;

constexpr seconds kBackOffFirst{15}, kBackOffLongest{300};
// How long after it took something of ours a relay counts as alive, whomever it turns away.
constexpr seconds kServedLately{30};
// How often it may turn away the only session of ours meanwhile: there may be many hosts behind its
// name of which one is unwell, or it has not yet heard that our last session is over.
constexpr int kAloneMax = 2;

// Sessions that only codes may have.
int Reserved(int window) { return window < 2 ? 0 : (window + 4) / 5; }

metrics::Gauge& SessionsGauge(const std::string& relay, const char* state) {
  return metrics::GetGauge("posthaste_smtp_sessions", "Connections to relays.",
                           {{"relay", relay}, {"state", state}});
}

metrics::Gauge& BreakerGauge(const std::string& relay) {
  return metrics::GetGauge("posthaste_relay_breaker_state",
                           "0 closed, 1 half-open, 2 open, 3 suspended.", {{"relay", relay}});
}

metrics::Gauge& WindowGauge(const std::string& relay) {
  return metrics::GetGauge("posthaste_relay_window",
                           "Sessions that the relay may be given at once now.", {{"relay", relay}});
}

}  // namespace

Governor::Governor(std::string relay, const GovernorLimits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      gauges_(limits.shown ? std::optional<Gauges>(Gauges{BreakerGauge(relay), WindowGauge(relay),
                                                          SessionsGauge(relay, "active"),
                                                          SessionsGauge(relay, "idle")})
                           : std::nullopt),
      window_(limits.sessions_first, limits.sessions_max),
      tokens_(std::max(1.0, limits.messages_per_second)),
      refilled_(clock.Steady()),
      listeners_(std::make_shared<Listeners>()) {
  if (gauges_) gauges_->window.Set(window_.size());
}

Breaker::Gate Governor::GateAt(SteadyTime now) const {
  Breaker::Gate gate = breaker_.Ask(now);
  for (const SteadyTime until : {back_off_until_, held_until_}) {
    if (now >= until) continue;
    gate.retry_at = std::max(gate.pass ? SteadyTime() : gate.retry_at, until);
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
  const int window = window_.size();
  if (active_ >= window) return decision;
  if (other && active_other_ >= window - Reserved(window)) return decision;
  if (opens && open_ >= window) return decision;
  const SteadyTime token_at = Refill(now);
  if (token_at > now) {
    decision.retry_at = token_at;
    return decision;
  }
  if (limits_.messages_per_second > 0) tokens_ -= 1;
  decision.answer = Answer::kGranted;
  decision.probe = gate.probe;
  if (gate.probe) breaker_.ProbeBegan(now);
  busy_.Advance(now, active_);
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
    busy_.Advance(clock_.Steady(), active_);
    busy_.Ended();
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
  const SteadyTime now = clock_.Steady();
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    breaker_.Succeeded();
    served_ = now;
    alone_ = 0;
    window_.Opened(++established_);
    Publish(now);
    nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::Lost() {
  const absl::MutexLock lock(&mutex_);
  --established_;
}

bool Governor::OpenFailed(const Outcome& outcome) {
  const SteadyTime now = clock_.Steady();
  std::shared_ptr<const Listeners> nudged;
  bool crowded = false;
  {
    const absl::MutexLock lock(&mutex_);
    const SiteFault fault = FaultAtOpening(outcome);
    busy_.Failed();
    const bool refused = fault == SiteFault::kTurnedAway || fault == SiteFault::kRate;
    if (refused) window_.Refused(established_);
    if (fault == SiteFault::kUnreachable) window_.Failed();
    if (fault == SiteFault::kCredentials) {
      breaker_.Failed(Breaker::Failure::kCredentials, now);
    } else if (refused && Crowded(now)) {
      crowded = true;
      if (!ServedLately(now)) breaker_.Failed(Breaker::Failure::kTurnedAway, now);
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
  return crowded;
}

void Governor::Judged(const Outcome& outcome) {
  const SteadyTime now = clock_.Steady();
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    const SiteFault fault = FaultInTransaction(outcome);
    if (fault != SiteFault::kNone) busy_.Failed();
    if (fault == SiteFault::kCredentials) {
      breaker_.Failed(Breaker::Failure::kCredentials, now);
    } else if (fault == SiteFault::kRate) {
      window_.Failed();
      BackOff(now);
    } else if (outcome.verdict == Verdict::kAccepted) {
      breaker_.Succeeded();
      served_ = now;
      alone_ = 0;
      const int before = window_.size();
      window_.Succeeded(active_);
      // Messages that were under way when the relay asked for less do not prove that it wants more.
      if (now >= back_off_until_) back_off_ = seconds(0);
      if (window_.size() > before) nudged = ToNudge();
    } else if (outcome.reply.code == 421) {
      window_.Failed();
    } else {
      return;
    }
    Publish(now);
    // Whoever waits must learn that the relay has closed.
    if (outcome.verdict != Verdict::kAccepted) nudged = ToNudge();
  }
  Nudge(nudged);
}

bool Governor::Crowded(SteadyTime now) {
  if (open_ > 1) return true;
  return ServedLately(now) && ++alone_ <= kAloneMax;
}

bool Governor::ServedLately(SteadyTime now) const {
  return served_ != SteadyTime() && now - served_ < kServedLately;
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
    window_.Reset();
    back_off_until_ = SteadyTime();
    back_off_ = seconds(0);
    Publish(clock_.Steady());
    nudged = ToNudge();
  }
  Nudge(nudged);
}

void Governor::HoldUntil(SteadyTime until) {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    const SteadyTime now = clock_.Steady();
    if ((held_until_ > now) != (until > now)) nudged = ToNudge();
    held_until_ = until;
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

int Governor::window() const {
  const absl::MutexLock lock(&mutex_);
  return window_.size();
}

void Governor::WaitBegan() {
  std::shared_ptr<const Listeners> nudged;
  {
    const absl::MutexLock lock(&mutex_);
    ++waiting_;
    // Sessions that lie idle on other loops are to be given up for this one.
    const bool idle_elsewhere = open_ >= window_.size() && active_ < open_;
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
  return waiting_ > 0 && open_ >= window_.size();
}

double Governor::BusySeconds() const {
  const absl::MutexLock lock(&mutex_);
  busy_.Advance(clock_.Steady(), active_);
  return busy_.Seconds(active_ + waiting_);
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
  if (!gauges_) return;
  gauges_->breaker.Set(static_cast<double>(breaker_.StateAt(now)));
  gauges_->window.Set(window_.size());
  gauges_->active.Set(active_);
  gauges_->idle.Set(open_ - active_);
}

}  // namespace posthaste::smtp
