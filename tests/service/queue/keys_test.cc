#include "service/queue/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace posthaste::queue {
namespace {

std::string Tag(const std::string& key) {
  const size_t open = key.find('{');
  return key.substr(open + 1, key.find('}') - open - 1);
}

TEST(Keys, ComputeTheSlotAsTheClusterSpecificationDoes) {
  EXPECT_EQ(SlotOf("123456789"), 0x31C3);  // The specification's check value, below 16 384.
  EXPECT_EQ(SlotOf("foo"), 12182);
  EXPECT_EQ(SlotOf(""), 0);
}

TEST(Keys, SpreadTheShardsEvenlyOverTheSlots) {
  for (const int shards : {1, 2, 4, 8, 16, 32, 64}) {
    const Keys keys(shards);
    for (int shard = 0; shard < shards; ++shard) {
      const std::string tag = Tag(keys.Events(shard));
      EXPECT_EQ(SlotOf(tag) / (16384 / shards), shard) << tag;
      for (int smaller = 0; smaller < std::stoi(tag); ++smaller) {
        EXPECT_NE(SlotOf(std::to_string(smaller)) / (16384 / shards), shard) << smaller;
      }
    }
  }
}

TEST(Keys, HaveTheirNames) {
  const Keys keys(16);
  const std::string hash(16, '\xFF');
  const std::string text(20, 'z');
  const std::string p = "ph:{" + Tag(keys.Events(5)) + "}:";
  EXPECT_EQ(keys.Message(5, "m05"), p + "m:m05");
  EXPECT_EQ(keys.Lane(5, MailClass::kCode, "shop"), p + "q:0");
  EXPECT_EQ(keys.Lane(5, MailClass::kNotice, "shop"), p + "q:1:shop");
  EXPECT_EQ(keys.Lane(5, MailClass::kGeneral, "shop"), p + "q:2:shop");
  EXPECT_EQ(keys.Ring(5, MailClass::kGeneral), p + "r:2");
  EXPECT_EQ(keys.Attempts(5, "m05"), p + "a:m05");
  EXPECT_EQ(keys.Attachments(5, "m05"), p + "b:m05");
  EXPECT_EQ(keys.Recipient(5, hash), p + "h:" + text);
  EXPECT_EQ(keys.Check(5, hash), p + "k:" + text);
  EXPECT_EQ(keys.Limit(5, hash), p + "l:" + text);
  EXPECT_EQ(keys.Newest(5, hash), p + "n:" + text);
  EXPECT_EQ(keys.Suppression(5, "shop", hash), p + "x:shop:" + text);
  EXPECT_EQ(keys.SuppressionNamed(5, "shop", text), keys.Suppression(5, "shop", hash));
  EXPECT_EQ(keys.Suppressions(5, "shop"), p + "y:shop");
  EXPECT_EQ(keys.Parked(5), p + "d");
  EXPECT_EQ(keys.Armed(5), p + "w");
  EXPECT_EQ(Keys::Skeleton("\x01\xAB"), "ph:{k:01ab}");
  EXPECT_EQ(Keys::ClientLimit(hash), "ph:{c:" + text + "}");
  EXPECT_EQ(Keys::Webhook("shop", "orders"), "ph:{e:shop}:orders");
  EXPECT_EQ(Keys::Report("0a"), "ph:{ops}:report:0a");
  EXPECT_EQ(Keys::Installation(), "ph:cfg");
}

}  // namespace
}  // namespace posthaste::queue
