// One test per row of the table: its example is decided by it, and by no other row.
#include "smtp/outcome_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_replace.h"

namespace posthaste::smtp::rules {
namespace {

constexpr Phase kJudgedPhases[] = {Phase::kMail, Phase::kRcpt, Phase::kData, Phase::kBody,
                                   Phase::kDot};

class RuleTest : public testing::TestWithParam<Rule> {};

// As a relay says it: the wire's bytes through the parser.
Reply Said(const char* example) {
  ReplyParser parser;
  const std::string wire = absl::StrReplaceAll(example, {{"\n", "\r\n"}}) + "\r\n";
  EXPECT_TRUE(parser.Feed(wire).ok()) << example;
  return parser.Next().value_or(Reply());
}

TEST_P(RuleTest, DecidesItsExampleInEachOfItsPhases) {
  const Rule& rule = GetParam();
  const Reply reply = Said(rule.example);
  ASSERT_NE(reply.code, 0) << "the example is no reply";
  for (const Phase phase : kJudgedPhases) {
    if ((rule.phases & Bit(phase)) == 0) continue;
    const Rule* const match = Match(phase, reply);
    ASSERT_NE(match, nullptr) << PhaseName(phase);
    EXPECT_STREQ(match->name, rule.name) << PhaseName(phase) << ": stands in its shadow";
    const Outcome outcome = Judge(phase, reply);
    EXPECT_EQ(VerdictName(outcome.verdict), VerdictName(rule.verdict));
    EXPECT_EQ(FailureClassName(outcome.failure_class), FailureClassName(rule.failure_class));
    EXPECT_EQ(ScopeName(outcome.scope), ScopeName(rule.scope));
    EXPECT_EQ(outcome.phase, phase);
    EXPECT_EQ(outcome.reply.code, reply.code);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, RuleTest, testing::ValuesIn(Rules().begin(), Rules().end()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Rules, BounceNoMailForAFaultOfTheSiteOrOfOurs) {
  for (const Rule& rule : Rules()) {
    SCOPED_TRACE(rule.name);
    const bool theirs_or_ours = rule.scope == Scope::kSite || rule.scope == Scope::kConfig;
    const bool bounces = rule.verdict == Verdict::kBounced;
    EXPECT_FALSE(theirs_or_ours && bounces);
    EXPECT_FALSE(bounces && rule.code_min < 500) << "4yz is never for good";
    EXPECT_TRUE(bounces || rule.verdict == Verdict::kDeferred);
    EXPECT_NE(rule.scope, Scope::kNone);
    EXPECT_NE(rule.failure_class, FailureClass::kNone);
  }
}

TEST(Rules, AreWellFormed) {
  for (const Rule& rule : Rules()) {
    SCOPED_TRACE(rule.name);
    EXPECT_NE(rule.phases, 0);
    EXPECT_TRUE(rule.code_min >= 400 && rule.code_min <= rule.code_max && rule.code_max < 600);
    if (rule.enhanced.kind != Enhanced::Kind::kCode) continue;
    EXPECT_LE(rule.enhanced.detail_min, rule.enhanced.detail_max);
    EXPECT_TRUE(rule.enhanced.klass == 0 || rule.enhanced.klass * 100 <= rule.code_min);
  }
}

TEST(Rules, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Rule& rule : Rules()) EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
}

TEST(Rules, KnowEveryRefusal) {
  for (const Phase phase : kJudgedPhases) {
    for (int code = 400; code < 600; ++code) {
      Reply reply;
      reply.code = code;
      ASSERT_NE(Match(phase, reply), nullptr) << code << " " << PhaseName(phase);
      if (code < 500) {
        EXPECT_EQ(Judge(phase, reply).verdict, Verdict::kDeferred) << code;
      }
    }
  }
}

// Every code of the IANA registry of enhanced status codes, with every class and in every phase.
TEST(Rules, BounceNoFourYzWhateverItsEnhancedCode) {
  for (uint16_t subject = 0; subject <= 7; ++subject) {
    for (uint16_t detail = 0; detail <= 40; ++detail) {
      for (const Phase phase : kJudgedPhases) {
        Reply reply;
        reply.code = 450;
        reply.enhanced = EnhancedCode{4, subject, detail};
        EXPECT_EQ(Judge(phase, reply).verdict, Verdict::kDeferred) << subject << "." << detail;
      }
    }
  }
}

}  // namespace
}  // namespace posthaste::smtp::rules
