#include "service/queue/verification_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::queue {
namespace {

VerificationRecord ExampleVerification() {
  VerificationRecord record;
  record.id = "v05";
  record.state = v1::Verification::PENDING;
  record.tenant = "shop";
  record.purpose = "password_reset";
  record.masked_recipient = "a***@example.com";
  record.message_id = "m05";
  record.mailbox_hash = std::string("\0\xFFh", 3);
  record.revision = 7;
  record.create_ms = 1'800'000'000'000;
  record.expire_ms = 1'800'000'600'000;
  record.next_send_ms = 1'800'000'030'000;
  record.verify_ms = 1'800'000'100'000;
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

std::vector<redis::Reply> Replies(const std::vector<std::string>& fields) {
  std::vector<redis::Reply> replies;
  for (const std::string& field : fields) replies.push_back(redis::Reply::OfString(field));
  return replies;
}

TEST(VerificationRecord, ComesBackAsItWasEncoded) {
  const VerificationRecord record = ExampleVerification();
  const std::vector<std::string> fields = EncodeVerification(record, true);
  const auto back = DecodeVerification("v05", Replies(fields));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(EncodeVerification(*back, true), fields);
  EXPECT_EQ(back->id, "v05");
  EXPECT_EQ(back->state, record.state);
  EXPECT_EQ(back->tenant, "shop");
  EXPECT_EQ(back->purpose, "password_reset");
  EXPECT_EQ(back->masked_recipient, record.masked_recipient);
  EXPECT_EQ(back->message_id, "m05");
  EXPECT_EQ(back->mailbox_hash, record.mailbox_hash);
  EXPECT_EQ(back->revision, 7);
  EXPECT_EQ(back->create_ms, record.create_ms);
  EXPECT_EQ(back->expire_ms, record.expire_ms);
  EXPECT_EQ(back->next_send_ms, record.next_send_ms);
  EXPECT_EQ(back->verify_ms, record.verify_ms);
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

TEST(VerificationRecord, LeavesGuessesToCheckAndStoresNoZeros) {
  VerificationRecord record = ExampleVerification();
  record.verify_ms = 0;
  record.ttl_ms = 0;
  const std::vector<std::string> fields = EncodeVerification(record, false);
  for (size_t i = 0; i < fields.size(); i += 2) {
    EXPECT_THAT((std::vector<std::string>{"g", "f", "w", "z"}),
                testing::Not(testing::Contains(fields[i])));
  }
}

TEST(VerificationRecord, IgnoresFieldsOfANewerVersion) {
  std::vector<std::string> fields = EncodeVerification(ExampleVerification(), true);
  fields.insert(fields.end(), {"newer", "x", "Z", "y"});
  EXPECT_TRUE(DecodeVerification("v05", Replies(fields)).ok());
}

TEST(VerificationRecord, RefusesWhatIsNone) {
  for (const std::vector<std::string>& fields :
       std::vector<std::vector<std::string>>{{},
                                             {"r", "1"},
                                             {"s", "0"},
                                             {"s", "99"},
                                             {"s", "x"},
                                             {"s", "1", "r", "x"},
                                             {"s", "1", "x", "1:"},
                                             {"s", "1", "x", "7"}}) {
    EXPECT_EQ(DecodeVerification("v05", Replies(fields)).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

TEST(VerificationRecord, IsExpiredWhenItsTimeIsOver) {
  VerificationRecord record = ExampleVerification();
  EXPECT_EQ(StateAt(record, record.expire_ms - 1), v1::Verification::PENDING);
  EXPECT_EQ(StateAt(record, record.expire_ms), v1::Verification::EXPIRED);
  record.state = v1::Verification::VERIFIED;
  EXPECT_EQ(StateAt(record, record.expire_ms), v1::Verification::VERIFIED);
}

}  // namespace
}  // namespace posthaste::queue
