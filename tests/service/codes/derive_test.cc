#include "service/codes/derive.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/encoding.h"
#include "service/codes/binding.h"

namespace posthaste::codes {
namespace {

Secret VectorKey() {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i);
  return Secret(bytes);
}

class DeriveCodeTest : public ::testing::Test {
 protected:
  std::string Code(uint32_t generation, int length = 6) const {
    return std::string(DeriveCode(key_, subject_, generation, length).Reveal());
  }

  const Secret key_ = VectorKey();
  const std::string mailbox_hash_ = std::string(32, '\x11');
  const std::string unbound_ = BindingHash({});
  CodeSubject subject_{"acme", "password_reset", mailbox_hash_, "v0123456789", unbound_};
};

// Computed with Python's hmac.
TEST_F(DeriveCodeTest, HasTheDocumentedValues) {
  EXPECT_EQ(Code(1, 10), "1302086212");
  EXPECT_EQ(Code(2, 10), "6555546852");
  EXPECT_EQ(Code(3, 10), "8321666301");
  EXPECT_EQ(Code(1, 6), "130208");
  EXPECT_EQ(Code(1, 4), "1302");
  EXPECT_EQ(Code(25), "002433");
  subject_.purpose = "verify_email";
  EXPECT_EQ(Code(1), "841543");
  subject_.purpose = "password_reset";
  const std::string bound = BindingHash({{"session", "s1"}, {"device", "d1"}});
  subject_.binding_hash = bound;
  EXPECT_EQ(Code(1), "039210");
}

TEST_F(DeriveCodeTest, DependsOnEverythingThatACodeIsFor) {
  const std::string other_hash(32, '\x12');
  const std::string bound = BindingHash({{"session", "s1"}});
  const CodeSubject same = subject_;
  std::array<CodeSubject, 6> subjects = {same, same, same, same, same, same};
  subjects[1].tenant = "acmf";
  subjects[2].purpose = "verify_email";
  subjects[3].mailbox_hash = other_hash;
  subjects[4].verification_id = "v0123456788";
  subjects[5].binding_hash = bound;
  std::set<std::string> codes;
  std::set<std::string> digests;
  for (const CodeSubject& subject : subjects) {
    for (const uint32_t generation : {1U, 2U, 256U}) {
      codes.emplace(DeriveCode(key_, subject, generation, 10).Reveal());
      digests.insert(CustomCodeDigest(key_, subject, generation, "004711"));
    }
  }
  const Secret other_key(std::string(32, 'k'));
  codes.emplace(DeriveCode(other_key, same, 1, 10).Reveal());
  digests.insert(CustomCodeDigest(other_key, same, 1, "004711"));
  digests.insert(CustomCodeDigest(key_, same, 1, "004712"));
  EXPECT_EQ(codes.size(), 19U);
  EXPECT_EQ(digests.size(), 20U);
}

TEST_F(DeriveCodeTest, DoesNotConfuseNeighbouringFields) {
  CodeSubject shifted = subject_;
  shifted.tenant = "acmep";
  shifted.purpose = "assword_reset";
  EXPECT_NE(DeriveCode(key_, shifted, 1, 10).Reveal(), Code(1, 10));
}

TEST(CustomCodeDigest, HasTheDocumentedValue) {
  const std::string mailbox_hash(32, '\x11');
  const std::string unbound = BindingHash({});
  const CodeSubject subject{"acme", "password_reset", mailbox_hash, "v0123456789", unbound};
  EXPECT_EQ(Hex(CustomCodeDigest(VectorKey(), subject, 1, "004711")),
            "09e62030f010be59ca3aeb1b6563072055deefee7ae1dfb525469b5f0a4fa7a9");
}

TEST(AppendDigits, SkipsWhatWouldFavourTheLowDigits) {
  std::string digits;
  AppendDigits(std::string_view("\xFA\xFF\x00\xF9\x0A\xFC\x0B", 7), 4, digits);
  EXPECT_EQ(digits, "0901");
  AppendDigits("\x05", 4, digits);
  EXPECT_EQ(digits, "0901") << "already as long as asked for";
}

TEST(KeyRing, FindsTheKeyOfAnEpoch) {
  const auto ring = KeyRing::Create({{1, Secret(std::string(32, 'a'))}, {7, VectorKey()}}, 7);
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ(ring->current(), 7U);
  EXPECT_EQ(ring->Find(7)->Reveal(), VectorKey().Reveal());
  EXPECT_EQ(ring->Find(2), nullptr);
}

TEST(KeyRing, RefusesShortKeysAndAMissingCurrentOne) {
  EXPECT_EQ(KeyRing::Create({{1, Secret(std::string(31, 'a'))}}, 1).status().message(),
            "code key of epoch 1 has less than 32 bytes");
  EXPECT_EQ(KeyRing::Create({{1, VectorKey()}}, 2).status().message(),
            "no code key for the current epoch 2");
}

}  // namespace
}  // namespace posthaste::codes
