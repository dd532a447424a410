#include "service/api/convert.h"

#include <algorithm>

#include "base/encoding.h"
#include "google/protobuf/timestamp.pb.h"
#include "smtp/phase.h"

namespace posthaste::api {
namespace {

v1::Message::State StateOf(const queue::Record& record, const std::optional<queue::Score>& score) {
  const v1::Message::State stored = record.head.state;
  const bool waits = stored == v1::Message::QUEUED || stored == v1::Message::DEFERRED;
  return waits && score && score->leased ? v1::Message::SENDING : stored;
}

}  // namespace

void SetMillis(int64_t millis, google::protobuf::Timestamp* time) {
  time->set_seconds(millis / 1000);
  time->set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
}

void SetPhase(int phase, int64_t micros,
              google::protobuf::Map<std::string, google::protobuf::Duration>& durations) {
  if (micros == 0) return;
  google::protobuf::Duration& took =
      durations[std::string(smtp::PhaseName(static_cast<smtp::Phase>(phase)))];
  took.set_seconds(micros / 1'000'000);
  took.set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

v1::MailClass ToMailClass(queue::MailClass mail_class) {
  return static_cast<v1::MailClass>(static_cast<int>(mail_class) + 1);
}

v1::Message ToMessage(const std::string& id, const queue::Record& record,
                      const std::optional<queue::Score>& score) {
  v1::Message message;
  message.set_id(id);
  message.set_state(StateOf(record, score));
  message.set_mail_class(ToMailClass(record.head.mail_class));
  message.set_template_name(record.facts.template_name());
  message.set_template_revision(Hex(record.facts.template_revision()).substr(0, 12));
  message.set_locale(record.facts.locale());
  message.set_masked_recipient(record.facts.masked_recipient());
  SetMillis(record.head.create_ms, message.mutable_create_time());
  SetMillis(record.head.deadline_ms, message.mutable_deadline());
  SetMillis(record.head.change_ms, message.mutable_update_time());
  if (score && !score->leased) SetMillis(score->visible_ms, message.mutable_next_attempt_time());
  message.set_attempt_count(record.head.attempts);
  message.set_uncertain_attempts(record.head.uncertain);
  message.set_last_reply(record.result.last_reply());
  message.set_failure_class(record.head.failure_class);
  message.set_relay(record.result.relay());
  if (record.head.accept_ms > 0)
    SetMillis(record.head.accept_ms, message.mutable_relay_accept_time());
  *message.mutable_labels() = record.facts.labels();
  message.set_late((record.head.flags & queue::kFlagLate) != 0);
  message.set_verification_id(record.facts.verification_id());
  return message;
}

v1::Attempt ToAttempt(const store::v1::AttemptRecord& record) {
  v1::Attempt attempt;
  attempt.set_number(record.number());
  SetMillis(record.start_ms(), attempt.mutable_start_time());
  attempt.set_relay(record.relay());
  attempt.set_address(record.address());
  if (!record.tls_version().empty()) {
    attempt.mutable_tls()->set_version(record.tls_version());
    attempt.mutable_tls()->set_cipher(record.tls_cipher());
    attempt.mutable_tls()->set_verified(record.tls_verified());
  }
  for (int i = 0; i < std::min(record.phase_us_size(), smtp::kPhases); ++i) {
    SetPhase(i, record.phase_us(i), *attempt.mutable_phase_durations());
  }
  attempt.set_phase(std::string(smtp::PhaseName(static_cast<smtp::Phase>(record.phase()))));
  attempt.set_reply(record.reply());
  attempt.set_outcome(static_cast<v1::Attempt::Outcome>(record.outcome()));
  attempt.set_failure_class(static_cast<v1::FailureClass>(record.failure_class()));
  attempt.set_scope(static_cast<v1::FailureScope>(record.scope()));
  attempt.set_transcript(record.transcript());
  return attempt;
}

v1::Verification ToVerification(const queue::VerificationRecord& record, absl::Time now) {
  v1::Verification verification;
  verification.set_id(record.id);
  const bool expired =
      record.state == v1::Verification::PENDING && absl::ToUnixMillis(now) >= record.expire_ms;
  verification.set_state(expired ? v1::Verification::EXPIRED : record.state);
  verification.set_masked_recipient(record.masked_recipient);
  verification.set_purpose(record.purpose);
  verification.set_message_id(record.message_id);
  SetMillis(record.expire_ms, verification.mutable_expire_time());
  if (verification.state() == v1::Verification::PENDING) {
    SetMillis(record.next_send_ms, verification.mutable_next_send_time());
    verification.set_sends_remaining(std::max(0, record.sends_max - record.sends));
  }
  verification.set_guesses_remaining(std::max(0, record.guesses_left));
  verification.set_generation(static_cast<int32_t>(record.generations.size()));
  SetMillis(record.create_ms, verification.mutable_create_time());
  if (record.state == v1::Verification::VERIFIED)
    SetMillis(record.end_ms, verification.mutable_verify_time());
  return verification;
}

}  // namespace posthaste::api
