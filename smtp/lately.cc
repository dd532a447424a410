#include "smtp/lately.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "smtp/site_fault.h"
#include "smtp/transcript.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kReplyCharacters = 160;
constexpr double kFirstLatency = 0.001, kLatencyStep = 1.2;

int64_t NumberOf(absl::Time time) {
  return absl::ToUnixMillis(time) / absl::ToInt64Milliseconds(Lately::kSlice);
}

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

void Add(const LatelyCounts& more, LatelyCounts& sum) {
  sum.accepted += more.accepted;
  sum.deferred += more.deferred;
  sum.bounced += more.bounced;
  sum.uncertain += more.uncertain;
  sum.relay_failed += more.relay_failed;
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

int LatencyBucket(absl::Duration took) {
  const double steps =
      std::log(std::max(absl::ToDoubleSeconds(took), kFirstLatency) / kFirstLatency) /
      std::log(kLatencyStep);
  return static_cast<int>(std::ceil(steps));
}

absl::Duration LatencyOf(size_t bucket) {
  return absl::Seconds(kFirstLatency * std::pow(kLatencyStep, static_cast<double>(bucket)));
}

}  // namespace

LatelyCounts& Lately::Series::Now(int64_t number) {
  Slice& slice = slices[static_cast<size_t>(number % kSlices)];
  if (slice.number != number) slice = {number, {}};
  return slice.counts;
}

LatelyCounts Lately::Series::Sum(int64_t first, int64_t last_number) const {
  LatelyCounts sum;
  for (const Slice& slice : slices) {
    if (slice.number >= first && slice.number <= last_number) Add(slice.counts, sum);
  }
  return sum;
}

void Lately::NoteLatency(int64_t number, absl::Duration took) {
  Latencies& slice = latencies_[static_cast<size_t>(number % kSlices)];
  if (slice.number != number) slice = {number, {}};
  ++slice.counts[static_cast<size_t>(std::clamp(LatencyBucket(took), 0, kLatencies - 1))];
}

void Lately::Saw(const Attempt& attempt, const LatelySubject& subject, absl::Time now) {
  if (attempt.ending == Ending::kStopped || attempt.stale) return;
  const int64_t number = NumberOf(now);
  const bool accepted = Accepted(attempt);
  // Made before anybody waits for the lock, and not at all for the many that go well.
  LatelyFailure failure = accepted ? LatelyFailure() : FailureOf(attempt, subject, now);
  const absl::MutexLock lock(&mutex_);
  Series& relay = relays_[attempt.relay];
  Series& provider = providers_[ProviderOf(subject)];
  for (Series* series : {&relay, &provider, &all_}) Count(attempt, series->Now(number));
  if (subject.code) Count(attempt, codes_.Now(number));
  if (accepted) {
    relay.failing_since.reset();
    provider.failing_since.reset();
    if (subject.code) NoteLatency(number, now - subject.enqueued);
    return;
  }
  const auto fail = [&](Series& series) {
    if (!series.failing_since) series.failing_since = now;
    series.last = failure;
  };
  if (SpeaksOfRelay(attempt)) fail(relay);
  if (SpeaksOfProvider(attempt)) fail(provider);
  failures_.push_front(std::move(failure));
  if (failures_.size() > kFailuresMax) failures_.pop_back();
}

void Lately::Fill(Picture& picture, int64_t first, int64_t last) const {
  const auto list = [&](const std::map<std::string, Series>& from, std::vector<Of>& to) {
    for (const auto& [name, series] : from)
      to.push_back({name, series.Sum(first, last), series.failing_since, series.last});
  };
  list(relays_, picture.relays);
  list(providers_, picture.providers);
  picture.failures.assign(failures_.begin(), failures_.end());
  for (int64_t number = first; number <= last; ++number)
    picture.slices.push_back(all_.Sum(number, number));
  picture.codes = codes_.Sum(first, last);
}

Lately::Picture Lately::At(absl::Time now, absl::Duration span) const {
  const int64_t last = NumberOf(now);
  const int64_t first = last - std::clamp<int64_t>(span / kSlice, 1, kSlices) + 1;
  Picture picture;
  std::array<int64_t, kLatencies> counts{};
  int64_t total = 0;
  {
    const absl::MutexLock lock(&mutex_);
    Fill(picture, first, last);
    for (const Latencies& slice : latencies_) {
      if (slice.number < first || slice.number > last) continue;
      for (size_t i = 0; i < counts.size(); ++i) counts[i] += slice.counts[i];
    }
  }
  for (const int64_t count : counts) total += count;
  const auto percentile = [&](double share) -> std::optional<absl::Duration> {
    int64_t left = static_cast<int64_t>(std::ceil(share * static_cast<double>(total)));
    for (size_t i = 0; i < counts.size(); ++i) {
      left -= counts[i];
      if (counts[i] > 0 && left <= 0) return LatencyOf(i);
    }
    return std::nullopt;
  };
  picture.p50 = percentile(0.5);
  picture.p95 = percentile(0.95);
  picture.p99 = percentile(0.99);
  return picture;
}

Lately& TheLately() {
  static Lately* const lately = new Lately;
  return *lately;
}

}  // namespace posthaste::smtp
