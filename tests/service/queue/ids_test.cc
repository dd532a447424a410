#include "service/queue/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_random.h"

namespace posthaste::queue {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'800'000'000'123);

TEST(Ids, CarryKindAndShard) {
  FakeRandom random;
  for (int shard = 0; shard < kShardsMax; ++shard) {
    const std::string id = NewId('m', shard, kNow, random);
    EXPECT_EQ(id.size(), kIdSize);
    EXPECT_EQ(ParseId('m', id, kShardsMax), shard);
    EXPECT_EQ(ParseId('v', id, kShardsMax), std::nullopt);
  }
}

TEST(Ids, TellAVerificationFromTheMessageThatBeganItByTheirLetter) {
  FakeRandom random;
  const std::string mail = NewId('m', 33, kNow, random);
  const std::string verification = VerificationIdOf(mail);
  EXPECT_EQ(ParseId('v', verification, kShardsMax), 33);
  EXPECT_EQ(FirstMailOf(verification), mail);
  EXPECT_EQ(IdOf('m', 33, mail.substr(3)), mail);
  EXPECT_EQ(FirstMailOf(""), "");
}

TEST(Ids, AreOrderedByTimeWithinAShard) {
  FakeRandom random;
  std::string before;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId('m', 7, kNow + absl::Milliseconds(i), random);
    EXPECT_LT(before, id);
    before = id;
  }
}

TEST(Ids, DifferWithinOneMillisecond) {
  FakeRandom random;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewId('m', 0, kNow, random));
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(Ids, AreTheSameForTheSameRequest) {
  const auto id = [](char kind, std::string_view key, std::string_view tenant,
                     std::string_view method, std::string_view mailbox, std::string_view request) {
    return RequestedId(kind, 3, key, tenant, method, mailbox, request);
  };
  const std::string first = id('m', "key", "shop", "Send", "ana@example.com", "r1");
  EXPECT_EQ(first, id('m', "key", "shop", "Send", "ana@example.com", "r1"));
  EXPECT_EQ(ParseId('m', first, 16), 3);
  const std::set<std::string> all = {
      first,
      id('v', "key", "shop", "Send", "ana@example.com", "r1"),
      id('m', "other", "shop", "Send", "ana@example.com", "r1"),
      id('m', "key", "bank", "Send", "ana@example.com", "r1"),
      id('m', "key", "shop", "Resend", "ana@example.com", "r1"),
      id('m', "key", "shop", "Send", "bob@example.com", "r1"),
      id('m', "key", "shop", "Send", "ana@example.com", "r2"),
      id('m', "key", "shopS", "end", "ana@example.com", "r1"),
  };
  EXPECT_EQ(all.size(), 8U);
}

TEST(Ids, AreRefusedWhenTheyHaveNoSuchForm) {
  FakeRandom random;
  const std::string id = NewId('m', 15, kNow, random);
  EXPECT_EQ(ParseId('m', id, 16), 15);
  EXPECT_EQ(ParseId('m', id, 8), std::nullopt);  // A shard that this installation has not.
  EXPECT_EQ(ParseId('m', id.substr(1), 16), std::nullopt);
  EXPECT_EQ(ParseId('m', id + "0", 16), std::nullopt);
  EXPECT_EQ(ParseId('m', "", 16), std::nullopt);
  for (size_t at = 1; at < id.size(); ++at) {
    for (const char wrong : {'i', 'l', 'o', 'u', 'A', '*', '}', '\0'}) {
      std::string bad = id;
      bad[at] = wrong;
      EXPECT_EQ(ParseId('m', bad, kShardsMax), std::nullopt) << bad;
    }
  }
}

TEST(Ids, HashesMeanNothingToAnotherTenantOrKey) {
  const std::set<std::string> hashes = {
      MailboxHash("key", "shop", "ana@example.com"), MailboxHash("key", "bank", "ana@example.com"),
      MailboxHash("kez", "shop", "ana@example.com"), MailboxHash("key", "shop", "bob@example.com")};
  EXPECT_EQ(hashes.size(), 4U);
  EXPECT_THAT(hashes, testing::Each(testing::SizeIs(16)));
}

TEST(Ids, GiveOneHashToBothFormsOfARecipientWhereTheyAreTheSame) {
  EXPECT_EQ(BucketHash("key", "shop", "ana@example.com"),
            MailboxHash("key", "shop", "ana@example.com"));
}

TEST(Ids, SpreadRecipientsOverTheShards) {
  std::vector<int> count(16);
  for (int i = 0; i < 16000; ++i) {
    ++count[ShardOf(BucketHash("key", "shop", "user" + std::to_string(i)), 16)];
  }
  EXPECT_THAT(count, testing::Each(testing::AllOf(testing::Gt(800), testing::Lt(1200))));
}

}  // namespace
}  // namespace posthaste::queue
