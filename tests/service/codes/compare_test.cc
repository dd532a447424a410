#include "service/codes/compare.h"

#include <gtest/gtest.h>

#include "service/codes/binding.h"

namespace posthaste::codes {
namespace {

using Kind = CodeVerdict::Kind;

std::string Normal(std::string_view input) {
  const auto digits = NormaliseCode(input);
  return digits ? std::string(digits->Reveal()) : "none";
}

TEST(NormaliseCode, AcceptsWhatPeopleTypeAndPaste) {
  for (const char* input : {"012345", "012 345", " 012-345\r\n", "０１２３４５", "٠١٢٣٤٥", "۰۱۲۳۴۵",
                            "0\t1 2\u00A03\u20134\u20145", "\u200F012345\u200E", "012\u3000345",
                            "012\u2011345", "０１２－３４５", "\u2066012345\u2069"}) {
    EXPECT_EQ(Normal(input), "012345") << input;
  }
}

TEST(NormaliseCode, RefusesEverythingElse) {
  for (const char* input : {"", " ", "--", "12a456", "O12345", "1.5", "+1", "१२३", "①②③",
                            "\xFF"
                            "12",
                            "\xC0\xB1", "\xE0\x80\xB1", "12\xEF\xBC", "1\xF0\x9D\x9F\x8E"}) {
    EXPECT_EQ(Normal(input), "none") << input;
  }
  EXPECT_EQ(Normal(std::string_view("1\0002", 3)), "none");
  EXPECT_EQ(Normal(std::string(129, ' ') + "1"), "none");
}

class JudgeCodeTest : public ::testing::Test {
 protected:
  JudgeCodeTest() {
    state_.purpose = subject_.purpose;
    state_.binding_hash = unbound_;
    for (int i = 0; i < 3; ++i) state_.generations.push_back({1, now_ + absl::Minutes(10), ""});
    state_.oldest_live = 2;
  }

  std::string Code(uint32_t generation, uint32_t epoch = 1) const {
    return std::string(DeriveCode(*keys_.Find(epoch), subject_, generation, 6).Reveal());
  }
  void ExpectVerdict(std::string_view input, Kind kind, uint32_t generation) const {
    const auto verdict = JudgeCode(keys_, subject_, state_, input, now_);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->kind, kind);
    EXPECT_EQ(verdict->generation, generation);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  const KeyRing keys_ =
      *KeyRing::Create({{1, Secret(std::string(32, 'a'))}, {2, Secret(std::string(32, 'b'))}}, 2);
  const std::string mailbox_hash_ = std::string(32, '\x11');
  const std::string unbound_ = BindingHash({});
  CodeSubject subject_{"acme", "password_reset", mailbox_hash_, "v0123456789", unbound_};
  VerificationState state_;
};

TEST_F(JudgeCodeTest, MatchesEveryLiveGeneration) {
  ExpectVerdict(Code(2), Kind::kMatched, 2);
  ExpectVerdict(Code(3), Kind::kMatched, 3);
  ExpectVerdict(" " + Code(3).substr(0, 3) + "-" + Code(3).substr(3), Kind::kMatched, 3);
}

TEST_F(JudgeCodeTest, KnowsAStaleCode) { ExpectVerdict(Code(1), Kind::kStale, 1); }

TEST_F(JudgeCodeTest, TakesAGenerationForStaleOnceItsOwnTimeIsOver) {
  state_.generations[1].expire_time = now_;
  ExpectVerdict(Code(2), Kind::kStale, 2);
  state_.generations[1].expire_time = now_ + absl::Milliseconds(1);
  ExpectVerdict(Code(2), Kind::kMatched, 2);
}

TEST_F(JudgeCodeTest, MatchesNothingElse) {
  ExpectVerdict(Code(4), Kind::kNone, 0);
  ExpectVerdict(Code(3).substr(0, 5), Kind::kNone, 0);
  ExpectVerdict(Code(3) + "0", Kind::kNone, 0);
  ExpectVerdict("", Kind::kNone, 0);
  ExpectVerdict("no code", Kind::kNone, 0);
}

TEST_F(JudgeCodeTest, MatchesNoCodeOfAnotherUse) {
  const std::string code = Code(3);
  const std::string other_hash(32, '\x12');
  const std::string bound = BindingHash({{"session", "s1"}});
  const CodeSubject same = subject_;
  for (int use = 0; use < 5; ++use) {
    subject_ = same;
    if (use == 0) subject_.tenant = "other";
    if (use == 1) subject_.purpose = "verify_email";
    if (use == 2) subject_.mailbox_hash = other_hash;
    if (use == 3) subject_.verification_id = "v0123456788";
    if (use == 4) subject_.binding_hash = bound;
    ExpectVerdict(code, Kind::kNone, 0);
  }
}

TEST_F(JudgeCodeTest, UsesTheKeyOfEachGenerationsEpoch) {
  state_.generations[2].epoch = 2;
  ExpectVerdict(Code(2, 1), Kind::kMatched, 2);
  ExpectVerdict(Code(3, 2), Kind::kMatched, 3);
  ExpectVerdict(Code(3, 1), Kind::kNone, 0);
}

TEST_F(JudgeCodeTest, CannotTellWhenTheKeyOfALiveGenerationIsGone) {
  state_.generations[1].epoch = 9;
  ExpectVerdict(Code(3), Kind::kMatched, 3);
  EXPECT_EQ(JudgeCode(keys_, subject_, state_, "000000", now_).status().message(),
            "no code key for epoch 9");
  state_.oldest_live = 3;
  ExpectVerdict("000000", Kind::kNone, 0);
}

TEST_F(JudgeCodeTest, KnowsACallersOwnCodeByItsDigest) {
  state_.generations[2].custom_digest = CustomCodeDigest(*keys_.Find(1), subject_, 3, "00471188");
  ExpectVerdict("0047 1188", Kind::kMatched, 3);
  ExpectVerdict("00471189", Kind::kNone, 0);
  ExpectVerdict(Code(3), Kind::kNone, 0);
  ExpectVerdict(Code(2), Kind::kMatched, 2);
}

TEST_F(JudgeCodeTest, CountsTheLiveOneOfTwoEqualCodes) {
  state_.generations[0].custom_digest = CustomCodeDigest(*keys_.Find(1), subject_, 1, Code(2));
  ExpectVerdict(Code(2), Kind::kMatched, 2);
}

}  // namespace
}  // namespace posthaste::codes
