#include "smtp/lately.h"

#include <utility>

#include "smtp/site_fault.h"
#include "smtp/transcript.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kReplyCharacters = 160;

void Count(const Attempt& attempt, LatelyCounts& counts) {
  if (attempt.ending == Ending::kRelayFailed) {
    ++counts.relay_failed;
    return;
  }
  switch (attempt.outcome.verdict) {
    case Verdict::kAccepted:
      ++counts.accepted;
      break;
    case Verdict::kDeferred:
      ++counts.deferred;
      break;
    case Verdict::kBounced:
      ++counts.bounced;
      break;
    case Verdict::kUncertain:
      ++counts.uncertain;
      break;
  }
}

bool Accepted(const Attempt& attempt) {
  return attempt.ending == Ending::kJudged && attempt.outcome.verdict == Verdict::kAccepted;
}

// Whether the failure speaks of the relay, and not of the message or its recipient.
bool SpeaksOfRelay(const Attempt& attempt) {
  const Outcome& outcome = attempt.outcome;
  if (attempt.ending == Ending::kRelayFailed || outcome.scope == Scope::kConfig) return true;
  return FaultInTransaction(outcome) != SiteFault::kNone;
}

// Whatever is put off is the provider's doing; what it refuses for good may be the recipient's.
bool SpeaksOfProvider(const Attempt& attempt) {
  if (attempt.ending != Ending::kJudged) return false;
  const Outcome& outcome = attempt.outcome;
  return outcome.verdict == Verdict::kDeferred || outcome.scope == Scope::kSite ||
         outcome.scope == Scope::kSource;
}

std::string ProviderOf(const LatelySubject& subject) {
  return subject.provider.empty() ? "other" : subject.provider;
}

LatelyFailure FailureOf(const Attempt& attempt, const LatelySubject& subject, absl::Time now) {
  const Outcome& outcome = attempt.outcome;
  LatelyFailure failure;
  failure.time = now;
  failure.message = subject.message;
  failure.relay = attempt.relay;
  failure.provider = ProviderOf(subject);
  failure.phase = std::string(PhaseName(outcome.phase));
  failure.outcome = attempt.ending == Ending::kRelayFailed
                        ? "relay_failed"
                        : std::string(VerdictName(outcome.verdict));
  failure.failure_class = outcome.failure_class;
  if (outcome.reply.code != 0)
    failure.reply = RedactAddresses(outcome.reply.Printable(kReplyCharacters));
  return failure;
}

}  // namespace

void Lately::Saw(const Attempt& attempt, const LatelySubject& subject, absl::Time now) {
  if (attempt.ending == Ending::kStopped || attempt.stale) return;
  const int64_t number = LatelySliceOf(now);
  const bool accepted = Accepted(attempt);
  // Made before anybody waits for the lock, and not at all for the many that go well.
  LatelyFailure failure = accepted ? LatelyFailure() : FailureOf(attempt, subject, now);
  const absl::MutexLock lock(&mutex_);
  LatelySeries& relay = state_.relays[attempt.relay];
  LatelySeries& provider = state_.providers[ProviderOf(subject)];
  for (LatelySeries* series : {&relay, &provider, &state_.all}) Count(attempt, series->At(number));
  if (subject.code) Count(attempt, state_.codes.At(number));
  if (accepted) {
    for (LatelySeries* series : {&relay, &provider}) {
      series->failing_since.reset();
      series->accepted = now;
    }
    if (subject.code) state_.NoteLatency(number, now - subject.enqueued);
    return;
  }
  const auto fail = [&](LatelySeries& series) {
    if (!series.failing_since) series.failing_since = now;
    series.last = failure;
  };
  if (SpeaksOfRelay(attempt)) fail(relay);
  if (SpeaksOfProvider(attempt)) fail(provider);
  state_.NoteFailure(std::move(failure));
}

LatelyState Lately::State() const {
  const absl::MutexLock lock(&mutex_);
  return state_;
}

Lately& TheLately() {
  static Lately* const lately = new Lately;
  return *lately;
}

}  // namespace posthaste::smtp
