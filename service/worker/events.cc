#include "service/worker/events.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "smtp/lately.h"

namespace posthaste::worker {
namespace {

std::string ClassName(queue::MailClass mail_class) {
  static const std::string names[] = {"CODE", "NOTICE", "GENERAL"};
  return names[static_cast<size_t>(mail_class)];
}

std::string_view HeldName(Held held) {
  switch (held) {
    case Held::kTried:
      return "tried";
    case Held::kDot:
      return "dot";
    case Held::kExpired:
      return "expired";
    case Held::kPoison:
      return "poison";
    case Held::kUnreadable:
      return "unreadable";
    case Held::kNoRelay:
      return "no_relay";
    case Held::kNoKey:
      return "no_key";
    case Held::kHeld:
      return "held";
    case Held::kStopping:
      return "stopping";
    case Held::kDecoy:
      return "decoy";
    case Held::kSuppressed:
      return "suppressed";
  }
  return "tried";
}

std::string_view SettledName(const absl::StatusOr<queue::Settled>& settled) {
  if (!settled.ok()) return "failed";
  switch (*settled) {
    case queue::Settled::kDone:
      return "done";
    case queue::Settled::kCancelled:
      return "cancelled";
    case queue::Settled::kAlready:
      return "already";
    case queue::Settled::kStale:
      return "stale";
  }
  return "failed";
}

log::Level LevelOf(const Report& report, const absl::StatusOr<queue::Settled>& settled) {
  const bool odd = report.held == Held::kPoison || report.held == Held::kUnreadable ||
                   report.held == Held::kNoKey || !settled.ok() ||
                   *settled == queue::Settled::kStale;
  return odd ? log::Level::kWarning : log::Level::kInfo;
}

// The metrics of one class, looked up once: a look-up takes a lock, and a message counts several.
struct ClassMetrics {
  explicit ClassMetrics(queue::MailClass mail_class);

  metrics::Counter& Transition(const std::string& to) const {
    return metrics::GetCounter("posthaste_message_transitions_total",
                               "Changes of state of messages.", {{"mail_class", name}, {"to", to}});
  }
  metrics::Histogram& Accepted(const std::string& provider) const {
    return metrics::GetHistogram(
        "posthaste_enqueue_to_accepted_seconds",
        "From the durable enqueue, or the time that it was to be sent at, to the relay's 250.",
        {{"mail_class", name}, {"provider", provider}}, metrics::WaitBuckets());
  }

  const std::string name;
  metrics::Histogram& queue_wait;
  metrics::Histogram& slack;
  metrics::Counter& accepted;  // The usual end, and the usual provider.
  metrics::Histogram& accepted_other;
  metrics::Counter&
      uncertain;  // These two stand at 0 before they count, so that an alert sees the first.
  metrics::Counter& expired;
};

ClassMetrics::ClassMetrics(queue::MailClass mail_class)
    : name(ClassName(mail_class)),
      queue_wait(metrics::GetHistogram(
          "posthaste_queue_wait_seconds",
          "From the enqueue, or the time that it was to be sent at, to the first claim.",
          {{"mail_class", name}}, metrics::WaitBuckets())),
      slack(metrics::GetHistogram("posthaste_deadline_slack_seconds",
                                  "Life that a message had left when it was accepted.",
                                  {{"mail_class", name}}, metrics::WaitBuckets())),
      accepted(Transition(v1::Message::State_Name(v1::Message::ACCEPTED))),
      accepted_other(Accepted("other")),
      uncertain(metrics::GetCounter("posthaste_uncertain_total",
                                    "Attempts whose dot was sent and never answered.")),
      expired(metrics::GetCounter("posthaste_expired_unsent_total",
                                  "Messages whose deadline passed before a dot was sent.",
                                  {{"mail_class", name}})) {}

const ClassMetrics& MetricsOf(queue::MailClass mail_class) {
  static const ClassMetrics classes[] = {ClassMetrics(queue::MailClass::kCode),
                                         ClassMetrics(queue::MailClass::kNotice),
                                         ClassMetrics(queue::MailClass::kGeneral)};
  return classes[static_cast<size_t>(mail_class)];
}

// How long it has waited since it could be sent.
double WaitOf(const queue::LeasedJob& job, absl::Time now) {
  const int64_t from_ms = std::max(job.record.head.create_ms, job.record.live.send_ms());
  return absl::ToDoubleSeconds(now - absl::FromUnixMillis(from_ms));
}

void CountAccepted(const queue::LeasedJob& job, const ClassMetrics& known, absl::Time now) {
  const std::string& provider = job.record.facts.provider();
  (provider.empty() ? known.accepted_other : known.Accepted(provider)).Observe(WaitOf(job, now));
  known.slack.Observe(
      absl::ToDoubleSeconds(absl::FromUnixMillis(job.record.head.deadline_ms) - now));
}

void CountEnd(const queue::LeasedJob& job, const queue::Settlement& settlement, absl::Time now) {
  const ClassMetrics& known = MetricsOf(job.lease.mail_class);
  const bool held = settlement.kind == queue::Settlement::Kind::kHold;
  const bool released = held || settlement.kind == queue::Settlement::Kind::kRelease;
  if (!released && settlement.state == v1::Message::ACCEPTED) {
    known.accepted.Increment();
    CountAccepted(job, known, now);
  } else {
    known
        .Transition(held       ? "HELD"
                    : released ? "RELEASED"
                               : v1::Message::State_Name(settlement.state))
        .Increment();
  }
  if (settlement.uncertain > 0) known.uncertain.Increment();
  if (settlement.state == v1::Message::EXPIRED) known.expired.Increment();
}

std::string_view WithheldName(smtp::FenceAnswer answer) {
  switch (answer) {
    case smtp::FenceAnswer::kPass:
      break;
    case smtp::FenceAnswer::kCancelled:
      return "cancelled";
    case smtp::FenceAnswer::kExpired:
      return "expired";
    case smtp::FenceAnswer::kLost:
      return "lease_lost";
    case smtp::FenceAnswer::kUnavailable:
      return "store_unavailable";
  }
  return "";
}

// Each is a message that would have been sent twice, too late or against somebody's will.
void CountWithheld(const smtp::Attempt& attempt) {
  const std::string_view why = WithheldName(attempt.fence);
  if (attempt.ending != smtp::Ending::kStopped || why.empty()) return;
  metrics::GetCounter("posthaste_dots_withheld_total",
                      "Transactions that the fence stopped before their dot.",
                      {{"why", std::string(why)}})
      .Increment();
}

// The message's line tells the reply; this one what follows from it.
void SuppressedBy(const queue::LeasedJob& job, const queue::Settlement& settlement) {
  const std::string cause = v1::FailureClass_Name(settlement.failure_class);
  const bool soft = settlement.suppress->strength == queue::Strength::kSoft;
  metrics::GetCounter("posthaste_suppressions_total", "Changes of the suppression list.",
                      {{"cause", cause}, {"event", "refused"}})
      .Increment();
  log::Emit(log::Level::kInfo, "suppressed",
            {{"message", std::string_view(job.lease.id)},
             {"tenant", std::string_view(job.lease.tenant)},
             {"cause", std::string_view(cause)},
             {"soft", soft}});
}

}  // namespace

void Claimed(const queue::LeasedJob& job, absl::Time now) {
  if (job.lease.claims == 1) {
    MetricsOf(job.lease.mail_class).queue_wait.Observe(WaitOf(job, now));
  }
  if (job.lost_leases == 0) return;
  metrics::GetCounter("posthaste_leases_lost_total", "Claims whose holder never settled them.")
      .Increment();
}

void Attempted(const queue::LeasedJob& job, const Report& report,
               const queue::Settlement& settlement, const absl::StatusOr<queue::Settled>& settled,
               absl::Time now) {
  const bool done = settled.ok() && *settled == queue::Settled::kDone;
  const smtp::LatelySubject subject{job.lease.id, job.record.facts.provider(),
                                    job.lease.mail_class == queue::MailClass::kCode,
                                    absl::FromUnixMillis(job.record.head.create_ms)};
  for (const smtp::Attempt& attempt : report.attempts) {
    smtp::TheLately().Saw(attempt, subject, now);
    CountWithheld(attempt);
  }
  if (done) CountEnd(job, settlement, now);
  if (done && settlement.suppress) SuppressedBy(job, settlement);
  const std::string mail_class = ClassName(job.lease.mail_class);
  const std::string state = v1::Message::State_Name(settlement.state);
  const std::string failure = v1::FailureClass_Name(settlement.failure_class);
  const bool tried = !report.attempts.empty();
  log::Emit(LevelOf(report, settled), "attempt",
            {{"message", std::string_view(job.lease.id)},
             {"tenant", std::string_view(job.lease.tenant)},
             {"mail_class", std::string_view(mail_class)},
             {"held", HeldName(report.held)},
             {"relay", tried ? std::string_view(report.attempts.back().relay) : std::string_view()},
             {"state", std::string_view(state)},
             {"failure_class", std::string_view(failure)},
             {"reply", std::string_view(settlement.result.last_reply())},
             {"attempts", static_cast<int64_t>(job.record.head.attempts + settlement.attempts)},
             {"lost_leases", static_cast<int64_t>(job.lost_leases)},
             {"age_ms", absl::ToUnixMillis(now) - job.record.head.create_ms},
             {"settled", SettledName(settled)},
             {"traceparent", std::string_view(job.record.live.traceparent())}});
}

void HolderThrew(const queue::Lease& lease) {
  log::Emit(log::Level::kError, "holder_threw", {{"message", std::string_view(lease.id)}});
}

void CannotRead(int shard, int jobs) {
  metrics::GetCounter("posthaste_unreadable_records_total",
                      "Claims of jobs whose record this program cannot read.")
      .Increment(jobs);
  log::Emit(log::Level::kError, "records_unreadable",
            {{"shard", static_cast<int64_t>(shard)}, {"jobs", static_cast<int64_t>(jobs)}});
}

void SessionStuck(const queue::Lease& lease, absl::Duration still) {
  metrics::GetCounter("posthaste_stuck_sessions_total",
                      "Sessions that the watchdog ended because nothing moved in them.")
      .Increment();
  log::Emit(log::Level::kError, "session_stuck",
            {{"message", std::string_view(lease.id)},
             {"still_seconds", static_cast<int64_t>(absl::ToInt64Seconds(still))}});
}

void RenewFailed(size_t leases, const absl::Status& why) {
  log::Emit(log::Level::kWarning, "renew_failed",
            {{"leases", static_cast<uint64_t>(leases)},
             {"why", std::string_view(why.message().data(), why.message().size())}});
}

}  // namespace posthaste::worker
