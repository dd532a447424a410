#include "service/api/convert.h"

#include <gtest/gtest.h>

namespace posthaste::api {
namespace {

queue::Record Stored() {
  queue::Record record;
  record.head.mail_class = queue::MailClass::kNotice;
  record.head.create_ms = 1'800'000'000'123;
  record.head.deadline_ms = 1'800'000'600'000;
  record.head.change_ms = 1'800'000'001'000;
  record.facts.set_tenant("acme");
  record.facts.set_template_name("password_changed");
  record.facts.set_template_revision(std::string(32, '\xAB'));
  record.facts.set_locale("de");
  record.facts.set_masked_recipient("a***@example.com");
  (*record.facts.mutable_labels())["k"] = "v";
  return record;
}

TEST(Convert, ShowsAMessageAsItIsStored) {
  queue::Score score;
  score.visible_ms = 1'800'000'002'000;
  const v1::Message message = ToMessage("m1", Stored(), score);
  EXPECT_EQ(message.id(), "m1");
  EXPECT_EQ(message.state(), v1::Message::QUEUED);
  EXPECT_EQ(message.mail_class(), v1::NOTICE);
  EXPECT_EQ(message.template_name(), "password_changed");
  EXPECT_EQ(message.template_revision(), "abababababab");
  EXPECT_EQ(message.locale(), "de");
  EXPECT_EQ(message.masked_recipient(), "a***@example.com");
  EXPECT_EQ(message.create_time().seconds(), 1'800'000'000);
  EXPECT_EQ(message.create_time().nanos(), 123'000'000);
  EXPECT_EQ(message.deadline().seconds(), 1'800'000'600);
  EXPECT_EQ(message.update_time().seconds(), 1'800'000'001);
  EXPECT_EQ(message.next_attempt_time().seconds(), 1'800'000'002);
  EXPECT_EQ(message.labels().at("k"), "v");
  EXPECT_FALSE(message.has_relay_accept_time());
  EXPECT_FALSE(message.late());
}

TEST(Convert, ShowsALeasedJobAsSending) {
  queue::Score score;
  score.leased = true;
  queue::Record record = Stored();
  for (const v1::Message::State state : {v1::Message::QUEUED, v1::Message::DEFERRED}) {
    record.head.state = state;
    const v1::Message message = ToMessage("m1", record, score);
    EXPECT_EQ(message.state(), v1::Message::SENDING);
    EXPECT_FALSE(message.has_next_attempt_time()) << "the score's time is the end of the lease";
  }
  record.head.state = v1::Message::ACCEPTED;
  EXPECT_EQ(ToMessage("m1", record, score).state(), v1::Message::ACCEPTED);
}

TEST(Convert, ShowsWhatBecameOfAMessage) {
  queue::Record record = Stored();
  record.head.state = v1::Message::BOUNCED;
  record.head.attempts = 3;
  record.head.uncertain = 1;
  record.head.flags = queue::kFlagLate;
  record.head.accept_ms = 1'800'000'003'000;
  record.head.failure_class = v1::MAILBOX_FULL;
  record.result.set_relay("r1");
  record.result.set_last_reply("552 5.2.2 full");
  const v1::Message message = ToMessage("m1", record, std::nullopt);
  EXPECT_EQ(message.state(), v1::Message::BOUNCED);
  EXPECT_EQ(message.attempt_count(), 3);
  EXPECT_EQ(message.uncertain_attempts(), 1);
  EXPECT_TRUE(message.late());
  EXPECT_EQ(message.relay_accept_time().seconds(), 1'800'000'003);
  EXPECT_EQ(message.failure_class(), v1::MAILBOX_FULL);
  EXPECT_EQ(message.relay(), "r1");
  EXPECT_EQ(message.last_reply(), "552 5.2.2 full");
  EXPECT_FALSE(message.has_next_attempt_time());
}

TEST(Convert, NamesTheClassesOfTheQueue) {
  EXPECT_EQ(ToMailClass(queue::MailClass::kCode), v1::CODE);
  EXPECT_EQ(ToMailClass(queue::MailClass::kNotice), v1::NOTICE);
  EXPECT_EQ(ToMailClass(queue::MailClass::kGeneral), v1::GENERAL);
}

TEST(Convert, ShowsAnAttemptWithItsPhases) {
  store::v1::AttemptRecord record;
  record.set_number(2);
  record.set_start_ms(1'800'000'000'500);
  record.set_relay("r1");
  record.set_address("192.0.2.1:25");
  record.set_tls_version("TLSv1.3");
  record.set_tls_cipher("x");
  record.set_tls_verified(true);
  for (const int64_t micros : {0, 1'500'000, 20}) record.add_phase_us(micros);
  record.set_phase(9);
  record.set_reply("250 ok");
  record.set_outcome(v1::Attempt::ACCEPTED);
  record.set_failure_class(v1::GREYLISTED);
  record.set_scope(v1::RECIPIENT);
  record.set_transcript("S: 250");
  const v1::Attempt attempt = ToAttempt(record);
  EXPECT_EQ(attempt.number(), 2);
  EXPECT_EQ(attempt.start_time().nanos(), 500'000'000);
  EXPECT_EQ(attempt.address(), "192.0.2.1:25");
  EXPECT_EQ(attempt.tls().version(), "TLSv1.3");
  EXPECT_TRUE(attempt.tls().verified());
  EXPECT_EQ(attempt.phase_durations_size(), 2) << "phases of an earlier transaction are absent";
  EXPECT_EQ(attempt.phase_durations().at("greeting").seconds(), 1);
  EXPECT_EQ(attempt.phase_durations().at("greeting").nanos(), 500'000'000);
  EXPECT_EQ(attempt.phase_durations().at("ehlo").nanos(), 20'000);
  EXPECT_EQ(attempt.phase(), "dot");
  EXPECT_EQ(attempt.outcome(), v1::Attempt::ACCEPTED);
  EXPECT_EQ(attempt.failure_class(), v1::GREYLISTED);
  EXPECT_EQ(attempt.scope(), v1::RECIPIENT);
  EXPECT_EQ(attempt.transcript(), "S: 250");
  record.clear_tls_version();
  EXPECT_FALSE(ToAttempt(record).has_tls()) << "clear text";
}

queue::VerificationRecord Pending() {
  queue::VerificationRecord record;
  record.id = "v1";
  record.state = v1::Verification::PENDING;
  record.purpose = "password_reset";
  record.masked_recipient = "a***@example.com";
  record.message_id = "m1";
  record.create_ms = 1'800'000'000'000;
  record.expire_ms = 1'800'000'600'000;
  record.next_send_ms = 1'800'000'030'000;
  record.sends = 2;
  record.sends_max = 5;
  record.guesses_left = 4;
  record.generations.resize(2);
  return record;
}

TEST(Convert, ShowsAVerification) {
  const v1::Verification verification =
      ToVerification(Pending(), absl::FromUnixSeconds(1'800'000'001));
  EXPECT_EQ(verification.id(), "v1");
  EXPECT_EQ(verification.state(), v1::Verification::PENDING);
  EXPECT_FALSE(verification.created());
  EXPECT_EQ(verification.masked_recipient(), "a***@example.com");
  EXPECT_EQ(verification.purpose(), "password_reset");
  EXPECT_EQ(verification.message_id(), "m1");
  EXPECT_EQ(verification.create_time().seconds(), 1'800'000'000);
  EXPECT_EQ(verification.expire_time().seconds(), 1'800'000'600);
  EXPECT_EQ(verification.next_send_time().seconds(), 1'800'000'030);
  EXPECT_EQ(verification.sends_remaining(), 3);
  EXPECT_EQ(verification.guesses_remaining(), 4);
  EXPECT_EQ(verification.generation(), 2);
  EXPECT_FALSE(verification.has_verify_time());
}

TEST(Convert, ShowsAPendingVerificationAsExpiredFromItsLastMoment) {
  const auto state = [](int64_t millis) {
    return ToVerification(Pending(), absl::FromUnixMillis(millis)).state();
  };
  EXPECT_EQ(state(1'800'000'599'999), v1::Verification::PENDING);
  EXPECT_EQ(state(1'800'000'600'000), v1::Verification::EXPIRED);
  const v1::Verification expired =
      ToVerification(Pending(), absl::FromUnixMillis(1'800'000'600'000));
  EXPECT_FALSE(expired.has_next_send_time());
  EXPECT_EQ(expired.sends_remaining(), 0);
}

TEST(Convert, ShowsWhenAVerificationSucceededAndNoTimeToSendAgain) {
  queue::VerificationRecord record = Pending();
  record.state = v1::Verification::VERIFIED;
  record.end_ms = 1'800'000'005'000;
  const v1::Verification verification =
      ToVerification(record, absl::FromUnixSeconds(1'900'000'000));
  EXPECT_EQ(verification.state(), v1::Verification::VERIFIED);
  EXPECT_EQ(verification.verify_time().seconds(), 1'800'000'005);
  EXPECT_FALSE(verification.has_next_send_time());
}

}  // namespace
}  // namespace posthaste::api
