#include "smtp/alarm.h"

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/metrics.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kReplyCharacters = 200;

metrics::Gauge& GaugeOf(const std::string& relay, FailureClass failure) {
  return metrics::GetGauge(
      "posthaste_relay_alarm", "1: the relay's answers are ours to mend, until it takes a message.",
      {{"relay", relay}, {"failure_class", std::string(FailureClassName(failure))}});
}

metrics::Counter& StrippedOf(const std::string& relay) {
  return metrics::GetCounter("posthaste_starttls_stripped_total",
                             "Sessions that were not offered STARTTLS, as they were before.",
                             {{"relay", relay}});
}

void Tell(const Attempt& attempt) {
  const std::string reply = RedactAddresses(attempt.outcome.reply.Printable(kReplyCharacters));
  log::Emit(log::Level::kError, "relay_alarm",
            {{"relay", std::string_view(attempt.relay)},
             {"failure_class", FailureClassName(attempt.outcome.failure_class)},
             {"phase", PhaseName(attempt.outcome.phase)},
             {"reply", std::string_view(attempt.outcome.reply.code == 0 ? "" : reply)}});
}

void TellStripped(const Attempt& attempt) {
  log::Emit(
      log::Level::kError, "starttls_stripped",
      {{"relay", std::string_view(attempt.relay)}, {"address", std::string_view(attempt.address)}});
}

struct Shared {
  absl::Mutex mutex;
  Alarms alarms ABSL_GUARDED_BY(mutex);
};

}  // namespace

Alarms::Change Alarms::Saw(const Attempt& attempt) {
  Change change;
  if (attempt.tls_stripped) {
    absl::Time& told = stripped_.try_emplace(attempt.relay, absl::InfinitePast()).first->second;
    change.stripped = attempt.start_time - told >= kTellAgain;
    if (change.stripped) told = attempt.start_time;
  }
  if (attempt.ending == Ending::kStopped) return change;
  const Outcome& outcome = attempt.outcome;
  if (outcome.scope == Scope::kConfig) {
    Alarm& alarm = alarms_[{attempt.relay, outcome.failure_class}];
    change.raised = true;
    change.tell = attempt.start_time - alarm.told >= kTellAgain;
    alarm.stands = true;
    if (change.tell) alarm.told = attempt.start_time;
  } else if (outcome.verdict == Verdict::kAccepted && attempt.ending == Ending::kJudged) {
    for (auto& [key, alarm] : alarms_) {
      if (key.first != attempt.relay || !alarm.stands) continue;
      alarm.stands = false;
      change.over.push_back(key.second);
    }
  }
  return change;
}

void RaiseAlarms(const Attempt& attempt) {
  static Shared* const shared = new Shared;
  Alarms::Change change;
  {
    const absl::MutexLock lock(&shared->mutex);
    change = shared->alarms.Saw(attempt);
  }
  // Counted from 0, so that the first is seen to have come.
  thread_local std::set<std::string> known;
  if (known.insert(attempt.relay).second || attempt.tls_stripped)
    StrippedOf(attempt.relay).Increment(attempt.tls_stripped ? 1 : 0);
  if (change.stripped) TellStripped(attempt);
  if (change.raised) GaugeOf(attempt.relay, attempt.outcome.failure_class).Set(1);
  if (change.tell) Tell(attempt);
  for (const FailureClass failure : change.over) GaugeOf(attempt.relay, failure).Set(0);
}

}  // namespace posthaste::smtp
