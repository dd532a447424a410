#include "service/worker/decide.h"

#include <algorithm>

#include "service/worker/schedule.h"

namespace posthaste::worker {
namespace {

using Kind = queue::Settlement::Kind;
using v1::Message;

constexpr size_t kReplyCharacters = 120;

v1::Attempt::Outcome OutcomeOf(const smtp::Attempt& attempt) {
  if (attempt.ending == smtp::Ending::kStopped) return v1::Attempt::STOPPED;
  switch (attempt.outcome.verdict) {
    case smtp::Verdict::kAccepted:
      return v1::Attempt::ACCEPTED;
    case smtp::Verdict::kDeferred:
      return v1::Attempt::DEFERRED;
    case smtp::Verdict::kBounced:
      return v1::Attempt::BOUNCED;
    case smtp::Verdict::kUncertain:
      return v1::Attempt::UNCERTAIN;
  }
  return v1::Attempt::DEFERRED;
}

std::string ReplyText(const smtp::Attempt& attempt) {
  if (attempt.outcome.reply.code == 0) return "";
  return smtp::RedactAddresses(attempt.outcome.reply.Printable(kReplyCharacters))
      .substr(0, kReplyCharacters);
}

// What waits for one relay is given back together; it shall not come back together. Later only, for
// before its time a relay is closed; and by so little that a code does not feel it.
absl::Time Spread(absl::Time at, absl::Time now, Random& random) {
  return at + std::clamp((at - now) * 0.2, absl::ZeroDuration(), absl::Seconds(2)) * random.Unit();
}

// The rules, over a settlement that already has the attempts in it.
class Decision {
 public:
  Decision(const queue::LeasedJob& job, const UncertainPolicy& policy, absl::Time now,
           Random& random)
      : job_(job), policy_(policy), now_(now), random_(random) {
    settlement_.lease = job.lease;
    settlement_.verification_id = job.record.facts.verification_id();
    settlement_.result = job.record.result;
    settlement_.failure_class = job.record.head.failure_class;
    settlement_.scope = job.record.head.scope;
    settlement_.attachments = queue::HasAttachments(job.record.head);
  }

  void Note(const std::vector<smtp::Attempt>& attempts) {
    int number = job_.record.head.attempts;
    for (const smtp::Attempt& attempt : attempts) {
      settlement_.attempt_records.push_back(ToRecord(attempt, ++number));
      if (attempt.ending != smtp::Ending::kStopped) ++settlement_.attempts;
    }
    if (attempts.empty() || attempts.back().ending == smtp::Ending::kStopped) return;
    const smtp::Attempt& last = attempts.back();
    settlement_.failure_class = static_cast<v1::FailureClass>(last.outcome.failure_class);
    settlement_.scope = static_cast<v1::FailureScope>(last.outcome.scope);
    settlement_.result.set_relay(last.relay);
    const bool greylisted = last.outcome.failure_class == smtp::FailureClass::kGreylisted;
    settlement_.result.set_address(greylisted ? last.address : "");
    settlement_.result.set_last_reply(ReplyText(last));
    settlement_.result.set_phase(std::string(smtp::PhaseName(last.outcome.phase)));
  }

  // Ends in `state`; doubt outlives everything but a 250.
  queue::Settlement End(Message::State state) {
    const bool doubt = job_.record.head.uncertain + settlement_.uncertain > 0;
    const bool unsure = state == Message::FAILED || state == Message::EXPIRED ||
                        state == Message::BOUNCED || state == Message::SUPPRESSED;
    settlement_.kind = Kind::kEnd;
    settlement_.state = doubt && unsure ? Message::UNCERTAIN : state;
    return settlement_;
  }

  // A relay refused for good. What it said of the recipient is sure, whatever doubt the message
  // ends in.
  queue::Settlement Bounce(const smtp::Outcome& outcome) {
    if (outcome.scope == smtp::Scope::kRecipient) {
      settlement_.suppress = queue::SuppressionFor(settlement_.failure_class, outcome.stated);
    }
    if (settlement_.suppress) {
      const store::v1::Facts& facts = job_.record.facts;
      settlement_.suppress->mailbox_hash = facts.mailbox_hash();
      settlement_.suppress->note.masked_recipient = facts.masked_recipient();
      settlement_.suppress->note.message_id = job_.lease.id;
      settlement_.suppress->note.reply = settlement_.result.last_reply();
    }
    return End(Message::BOUNCED);
  }

  // A code that was sent in spite of a soft suppression shows that it is over.
  queue::Settlement Accept() {
    const bool overrides = (job_.record.head.flags & queue::kFlagOverride) != 0;
    if (overrides) settlement_.clear_mailbox_hash = job_.record.facts.mailbox_hash();
    return End(Message::ACCEPTED);
  }

  queue::Settlement Retry(absl::Time at) {
    settlement_.kind = Kind::kRetry;
    settlement_.state = Message::DEFERRED;
    settlement_.visible = at;
    return settlement_;
  }

  // Given back as if it had not been claimed.
  queue::Settlement Release(absl::Time at) {
    settlement_.kind = Kind::kRelease;
    settlement_.state = job_.record.head.state;
    settlement_.visible = at;
    return settlement_;
  }

  // Put off until the hold's end, or its own; it is found sooner when the hold is struck out.
  queue::Settlement Hold(int64_t hold, absl::Time until) {
    settlement_.kind = Kind::kHold;
    settlement_.state = job_.record.head.state;
    settlement_.visible = std::min(until, Deadline());
    settlement_.hold = hold;
    return settlement_;
  }

  queue::Settlement Doubt() {
    settlement_.uncertain = 1;
    settlement_.attempts = std::max(settlement_.attempts, 1);
    const bool code = job_.lease.mail_class == queue::MailClass::kCode;
    const bool resend = code ? policy_.resend_codes : policy_.resend_others;
    const std::optional<absl::Time> again =
        resend ? NextAfterDoubt(job_.lease.mail_class, job_.record.head.uncertain + 1, now_, Life(),
                                random_)
               : std::nullopt;
    return again ? Retry(*again) : End(Message::UNCERTAIN);
  }

  // A relay said "not now", or none could be reached.
  queue::Settlement Defer(smtp::FailureClass why, absl::Time not_before) {
    // Going through five relays at once is one step of the schedule, not five.
    const int tries =
        std::min(job_.record.head.attempts + settlement_.attempts, job_.record.head.settled + 1);
    const std::optional<absl::Time> next =
        NextAttempt(job_.lease.mail_class, tries, why, now_, Life(), random_);
    if (!next) return End(now_ >= Deadline() ? Message::EXPIRED : Message::FAILED);
    return Retry(std::max(*next, std::min(Spread(not_before, now_, random_), Deadline())));
  }

  // Set aside; a code is of no use to anybody by the time somebody looks.
  queue::Settlement Park() {
    if (job_.lease.mail_class == queue::MailClass::kCode) return End(Message::FAILED);
    settlement_.kind = Kind::kPark;
    settlement_.state = Message::PARKED;
    return settlement_;
  }

  queue::Settlement Stopped(smtp::FenceAnswer why) {
    switch (why) {
      case smtp::FenceAnswer::kExpired:
        return End(Message::EXPIRED);
      case smtp::FenceAnswer::kPass:
      case smtp::FenceAnswer::kCancelled:    // The script ends it, with the cause that its head
                                             // tells.
      case smtp::FenceAnswer::kLost:         // Stale: nothing will change.
      case smtp::FenceAnswer::kUnavailable:  // No dot without the store.
        break;
    }
    return Release(now_ + absl::Seconds(1));
  }

  Lifetime Life() const { return {absl::FromUnixMillis(job_.record.head.create_ms), Deadline()}; }
  absl::Time Deadline() const { return absl::FromUnixMillis(job_.record.head.deadline_ms); }

 private:
  const queue::LeasedJob& job_;
  const UncertainPolicy& policy_;
  absl::Time now_;
  Random& random_;
  queue::Settlement settlement_;
};

// While keys are rotated the next worker may have the one that is missing.
constexpr absl::Duration kKeyWaitMin = absl::Seconds(15);

queue::Settlement DecideTried(Decision& decision, const Report& report) {
  const smtp::Attempt& last = report.attempts.back();
  if (last.ending == smtp::Ending::kStopped) return decision.Stopped(last.fence);
  switch (last.outcome.verdict) {
    case smtp::Verdict::kAccepted:
      return decision.Accept();
    case smtp::Verdict::kBounced:
      return decision.Bounce(last.outcome);
    case smtp::Verdict::kUncertain:
      return decision.Doubt();
    case smtp::Verdict::kDeferred:
      break;
  }
  return decision.Defer(last.outcome.failure_class, report.not_before);
}

}  // namespace

queue::Settlement Decide(const queue::LeasedJob& job, const Report& report,
                         const UncertainPolicy& policy, absl::Time now, Random& random) {
  Decision decision(job, policy, now, random);
  decision.Note(report.attempts);
  switch (report.held) {
    case Held::kTried:
      break;
    case Held::kDot:
      return decision.Doubt();
    case Held::kExpired:
      return decision.End(Message::EXPIRED);
    case Held::kPoison:
    case Held::kUnreadable:
      return decision.Park();
    case Held::kNoRelay:
      return decision.Release(std::min(
          Spread(std::max(report.not_before, now + GivenBackFor(job.lease.claims)), now, random),
          decision.Deadline()));
    case Held::kNoKey:
      return decision.Release(
          std::min(Spread(now + std::max(kKeyWaitMin, GivenBackFor(job.lease.claims)), now, random),
                   decision.Deadline()));
    case Held::kHeld:
      return decision.Hold(report.hold, report.not_before);
    case Held::kStopping:
      return decision.Release(now);
    case Held::kDecoy:
    case Held::kSuppressed:
      return decision.End(Message::SUPPRESSED);
  }
  return DecideTried(decision, report);
}

store::v1::AttemptRecord ToRecord(const smtp::Attempt& attempt, int number) {
  store::v1::AttemptRecord record;
  record.set_number(number);
  record.set_start_ms(absl::ToUnixMillis(attempt.start_time));
  record.set_relay(attempt.relay);
  record.set_address(attempt.address);
  record.set_tls_version(attempt.tls.version);
  record.set_tls_cipher(attempt.tls.cipher);
  record.set_tls_verified(attempt.tls.verified);
  // Rounded up: a reply that came with the one before it took no time, but the phase was passed.
  for (const absl::Duration duration : attempt.phase_durations)
    record.add_phase_us(absl::ToInt64Microseconds(duration + absl::Nanoseconds(999)));
  record.set_phase(static_cast<int>(attempt.outcome.phase));
  record.set_reply(ReplyText(attempt));
  record.set_outcome(OutcomeOf(attempt));
  record.set_failure_class(static_cast<int>(attempt.outcome.failure_class));
  record.set_scope(static_cast<int>(attempt.outcome.scope));
  record.set_transcript(attempt.transcript);
  return record;
}

}  // namespace posthaste::worker
