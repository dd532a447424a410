#include "service/api/person.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

Person Of(const char* address, const char* tenant = "acme") {
  return PersonOf(*ParseMailbox(address), tenant, kHashKey, 16);
}

TEST(Person, IsTheSameForAllSpellingsOfAMailbox) {
  EXPECT_EQ(Of("Ana@Example.com").mailbox_hash, Of("ana@example.COM").mailbox_hash);
  EXPECT_NE(Of("ana@example.com").mailbox_hash, Of("bob@example.com").mailbox_hash);
}

TEST(Person, HasOneBucketForAllTagsAndAnIdentityForEach) {
  const Person plain = Of("ana@example.com"), tagged = Of("ana+shop@example.com");
  EXPECT_EQ(plain.bucket_hash, tagged.bucket_hash);
  EXPECT_EQ(plain.shard, tagged.shard);
  EXPECT_NE(plain.mailbox_hash, tagged.mailbox_hash);
}

TEST(Person, MeansNothingToAnotherTenantOrKey) {
  EXPECT_NE(Of("ana@example.com").mailbox_hash, Of("ana@example.com", "globex").mailbox_hash);
  EXPECT_NE(Of("ana@example.com").bucket_hash, Of("ana@example.com", "globex").bucket_hash);
  EXPECT_NE(Of("ana@example.com").bucket_hash,
            PersonOf(*ParseMailbox("ana@example.com"), "acme", "other key", 16).bucket_hash);
}

TEST(Person, HasGroupsAndFailuresByTenantPurposeAndMailbox) {
  const Person ana = Of("ana@example.com"), bob = Of("bob@example.com");
  const std::set<std::string> all = {
      GroupOf(ana, "acme", "a", kHashKey),      GroupOf(ana, "acme", "b", kHashKey),
      GroupOf(ana, "globex", "a", kHashKey),    GroupOf(bob, "acme", "a", kHashKey),
      GroupOf(ana, "acme", "a", "other key"),   FailureKeyOf(ana, "acme", "a", kHashKey),
      FailureKeyOf(ana, "acme", "b", kHashKey), FailureKeyOf(bob, "acme", "a", kHashKey)};
  EXPECT_EQ(all.size(), 8u);
  for (const std::string& key : all) EXPECT_EQ(key.size(), 16u);
}

}  // namespace
}  // namespace posthaste::api
