#include "service/queue/verification_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/queue/ids.h"

namespace posthaste::queue {
namespace {

constexpr std::string_view kFirst = "m0500000000000000000000", kNewest = "m0500000000000000000001";

VerificationRecord ExampleVerification() {
  VerificationRecord record;
  record.id = VerificationIdOf(kFirst);
  record.state = v1::Verification::PENDING;
  record.tenant = "shop";
  record.purpose = "password_reset";
  record.masked_recipient = "a***@example.com";
  record.message_id = kNewest;
  record.mailbox_hash = std::string("\0\xFFh", 3);
  record.revision = 7;
  record.create_ms = 1'800'000'000'000;
  record.expire_ms = 1'800'000'600'000;
  record.next_send_ms = 1'800'000'030'000;
  record.end_ms = 1'800'000'100'000;
  record.oldest_generation = 2;
  record.sends = 4;
  record.guesses_left = 2;
  record.sends_max = 5;
  record.guesses_max = 6;
  record.code_length = 8;
  record.ttl_ms = 600'000;
  record.generations = {{8, 1'800'000'600'000, ""},
                        {9, 1'800'001'200'000, std::string(32, '\xFE')}};
  record.resend_policy = 2;
  record.binding_hash = std::string(32, 'b');
  record.stale_refunded = true;
  return record;
}

// The record of the message that began it.
Record RecordWith(const VerificationRecord& verification) {
  Record record;
  record.head.create_ms = verification.create_ms;
  record.facts.set_tenant(verification.tenant);
  record.facts.set_purpose(verification.purpose);
  record.facts.set_masked_recipient(verification.masked_recipient);
  record.facts.set_mailbox_hash(verification.mailbox_hash);
  record.verification = EncodeVerification(verification);
  return record;
}

TEST(VerificationRecord, ComesBackFromTheRecordOfTheMessageThatBeganIt) {
  const VerificationRecord record = ExampleVerification();
  const auto back = VerificationOf(RecordWith(record), kFirst);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(EncodeVerification(*back), EncodeVerification(record));
  EXPECT_EQ(back->id, record.id);
  EXPECT_EQ(back->state, record.state);
  EXPECT_EQ(back->tenant, "shop");
  EXPECT_EQ(back->purpose, "password_reset");
  EXPECT_EQ(back->masked_recipient, record.masked_recipient);
  EXPECT_EQ(back->message_id, kNewest);
  EXPECT_EQ(back->mailbox_hash, record.mailbox_hash);
  EXPECT_EQ(back->revision, 7);
  EXPECT_EQ(back->create_ms, record.create_ms);
  EXPECT_EQ(back->expire_ms, record.expire_ms);
  EXPECT_EQ(back->next_send_ms, record.next_send_ms);
  EXPECT_EQ(back->end_ms, record.end_ms);
  EXPECT_EQ(back->oldest_generation, 2);
  EXPECT_EQ(back->sends, 4);
  EXPECT_EQ(back->guesses_left, 2);
  EXPECT_EQ(back->sends_max, 5);
  EXPECT_EQ(back->guesses_max, 6);
  EXPECT_EQ(back->code_length, 8);
  EXPECT_EQ(back->ttl_ms, 600'000);
  EXPECT_EQ(back->generations, record.generations);
  EXPECT_EQ(back->resend_policy, 2);
  EXPECT_EQ(back->binding_hash, record.binding_hash);
  EXPECT_TRUE(back->stale_refunded);
}

TEST(VerificationRecord, LiesAsItsHeaderSays) {
  const std::string bytes = EncodeVerification(ExampleVerification());
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x01\x01\x02\0\x07\0\0\0", 8));
  EXPECT_EQ(bytes.substr(8, 6), std::string("\xC0\x77\x65\x18\xA3\x01", 6));
  EXPECT_EQ(bytes[20], 23);
  EXPECT_EQ(bytes.substr(21, 23), kNewest);
}

TEST(VerificationRecord, StoresTheIdOfItsNewestMailOnlyIfAnotherBeganIt) {
  VerificationRecord record = ExampleVerification();
  record.message_id = kFirst;
  EXPECT_EQ(EncodeVerification(record)[20], 0);
  EXPECT_EQ(VerificationOf(RecordWith(record), kFirst)->message_id, kFirst);
}

TEST(VerificationRecord, RefusesWhatIsNone) {
  Record record = RecordWith(ExampleVerification());
  const std::string good = record.verification;
  const auto code = [&record](std::string bytes) {
    record.verification = std::move(bytes);
    return VerificationOf(record, kFirst).status().code();
  };
  EXPECT_EQ(code(""), absl::StatusCode::kNotFound);
  for (size_t size = 1; size < 44; ++size) {
    EXPECT_EQ(code(good.substr(0, size)), absl::StatusCode::kDataLoss) << size;
  }
  EXPECT_EQ(code(good + '\xFF'), absl::StatusCode::kDataLoss);
  for (const char state : {'\0', '\x63'}) {
    std::string bad = good;
    bad[0] = state;
    EXPECT_EQ(code(bad), absl::StatusCode::kDataLoss);
  }
}

TEST(VerificationRecord, IsExpiredWhenItsTimeIsOver) {
  VerificationRecord record = ExampleVerification();
  EXPECT_EQ(StateAt(record, record.expire_ms - 1), v1::Verification::PENDING);
  EXPECT_EQ(StateAt(record, record.expire_ms), v1::Verification::EXPIRED);
  record.state = v1::Verification::VERIFIED;
  EXPECT_EQ(StateAt(record, record.expire_ms), v1::Verification::VERIFIED);
}

TEST(VerificationRecord, IsGoneADayAfterItsEnd) {
  const int64_t day_ms = 86'400'000;
  VerificationRecord record = ExampleVerification();
  EXPECT_FALSE(IsGone(record, record.expire_ms + day_ms - 1));
  EXPECT_TRUE(IsGone(record, record.expire_ms + day_ms));
  record.state = v1::Verification::VERIFIED;
  EXPECT_FALSE(IsGone(record, record.end_ms + day_ms - 1));
  EXPECT_TRUE(IsGone(record, record.end_ms + day_ms));
}

}  // namespace
}  // namespace posthaste::queue
