#include "service/queue/recipient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Body(char digit) { return std::string(20, digit); }

// One limit, two verifications, two messages: as lib_recipient.lua writes them.
std::string Stored() {
  std::string bytes = Packer().U8(1).U8(1).U8(2).U48(1'800'000'000'000).bytes();
  bytes += Packer().U32(7).I64(1'800'000'000'000'000).bytes();
  bytes += "group1" + Packer().U48(1'800'000'000'000).bytes() + Body('1');
  bytes += "group2" + Packer().U48(1'800'000'000'000).bytes() + Body('2');
  bytes += Packer().U48(1'700'000'000'001).bytes() + Body('3');
  bytes += Packer().U48(1'700'000'000'002).bytes() + Body('4');
  return bytes;
}

TEST(Recipient, HasItsVerificationsAndMessages) {
  const auto recipient = DecodeRecipient(Stored(), 33);
  ASSERT_TRUE(recipient.ok()) << recipient.status();
  EXPECT_EQ(recipient->CurrentOf("group1 and more"), "v11" + Body('1'));
  EXPECT_EQ(recipient->CurrentOf("group2"), "v11" + Body('2'));
  EXPECT_EQ(recipient->CurrentOf("another"), "");
  EXPECT_EQ(recipient->CurrentOf(""), "");
  EXPECT_THAT(recipient->messages, ElementsAre(PastMessage{1'700'000'000'001, "m11" + Body('3')},
                                               PastMessage{1'700'000'000'002, "m11" + Body('4')}));
}

TEST(Recipient, IsEmptyIfNothingIsStored) {
  const auto recipient = DecodeRecipient("", 0);
  ASSERT_TRUE(recipient.ok());
  EXPECT_THAT(recipient->messages, IsEmpty());
  EXPECT_THAT(recipient->current, IsEmpty());
}

TEST(Recipient, IsRefusedWhenItIsCutOffOrNewer) {
  const std::string good = Stored();
  const size_t fixed = good.size() - 2 * 26;
  for (size_t size = 1; size < good.size(); ++size) {
    const bool whole = size == fixed || size == fixed + 26;
    const auto status = DecodeRecipient(good.substr(0, size), 0).status();
    EXPECT_EQ(status.code(), whole ? absl::StatusCode::kOk : absl::StatusCode::kDataLoss) << size;
  }
  std::string newer = good;
  newer[0] = 2;
  EXPECT_EQ(DecodeRecipient(newer, 0).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace posthaste::queue
