#include "service/queue/suppression.h"

#include <gtest/gtest.h>

#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

// As lib_suppression.lua writes the head.
std::string Stored(const NewSuppression& suppression, int64_t create_ms, int64_t expire_ms) {
  std::string bytes = Packer()
                          .U8(1)
                          .U8(static_cast<uint8_t>(suppression.cause))
                          .U8(static_cast<uint8_t>(suppression.strength))
                          .U8(0)
                          .I64(create_ms)
                          .I64(expire_ms)
                          .bytes();
  return bytes + EncodeFacts(suppression);
}

TEST(Suppression, FollowsFromRefusalsThatSayThatNobodyLivesThere) {
  const auto strength = [](v1::FailureClass failure, bool stated) {
    const std::optional<NewSuppression> made = SuppressionFor(failure, stated);
    return made ? static_cast<int>(made->strength) : 0;
  };
  const int soft = static_cast<int>(Strength::kSoft), hard = static_cast<int>(Strength::kHard);
  EXPECT_EQ(strength(v1::INVALID_RECIPIENT, true), hard);
  EXPECT_EQ(strength(v1::INVALID_RECIPIENT, false), soft) << "a plain 550 may be a policy";
  EXPECT_EQ(strength(v1::INACTIVE_MAILBOX, true), hard);
  EXPECT_EQ(strength(v1::NULL_MX, false), hard);
  EXPECT_EQ(strength(v1::BAD_DOMAIN, true), soft);
  EXPECT_EQ(strength(v1::MAILBOX_FULL, true), soft);
  EXPECT_EQ(SuppressionFor(v1::MAILBOX_FULL, true)->life, kSoftLife);
  EXPECT_EQ(SuppressionFor(v1::NULL_MX, true)->life, kHardLife);
}

TEST(Suppression, FollowsFromNothingElse) {
  for (int i = 0; i <= v1::FailureClass_MAX; ++i) {
    const auto failure = static_cast<v1::FailureClass>(i);
    if (failure >= v1::INVALID_RECIPIENT && failure <= v1::NULL_MX) continue;
    EXPECT_FALSE(SuppressionFor(failure, true)) << v1::FailureClass_Name(failure);
  }
}

TEST(Suppression, IsReadAsItWasWritten) {
  NewSuppression made = *SuppressionFor(v1::INVALID_RECIPIENT, true);
  made.note = {"a***@example.com", "m00x", std::string(200, 'r'), "why", "key-1"};
  const Suppression read = DecodeSuppression(Stored(made, 1'700'000'000'001, 0)).value();
  EXPECT_EQ(read.cause, Cause::kInvalidRecipient);
  EXPECT_EQ(read.strength, Strength::kHard);
  EXPECT_EQ(read.create_ms, 1'700'000'000'001);
  EXPECT_EQ(read.expire_ms, 0);
  EXPECT_EQ(read.note.masked_recipient, "a***@example.com");
  EXPECT_EQ(read.note.message_id, "m00x");
  EXPECT_EQ(read.note.reply.size(), 96u);
  EXPECT_EQ(read.note.reason, "why");
  EXPECT_EQ(read.note.key, "key-1");
}

TEST(Suppression, RefusesBytesThatAreNone) {
  const std::string good = Stored(*SuppressionFor(v1::BAD_DOMAIN, true), 1, 2);
  EXPECT_TRUE(DecodeSuppression(good).ok());
  EXPECT_TRUE(absl::IsDataLoss(DecodeSuppression(good.substr(0, 19)).status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeSuppression("").status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeSuppression("\x02" + good.substr(1)).status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeSuppression(good + "\xff").status()));
}

TEST(Suppression, IsSoftOnlyIfItSaysSo) {
  EXPECT_TRUE(IsSoft(Stored(*SuppressionFor(v1::MAILBOX_FULL, true), 1, 2)));
  EXPECT_FALSE(IsSoft(Stored(*SuppressionFor(v1::NULL_MX, true), 1, 2)));
  EXPECT_FALSE(IsSoft("x"));
}

}  // namespace
}  // namespace posthaste::queue
