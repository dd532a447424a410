#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "smtp/outcome_rules.h"
#include "tests/support/fake_random.h"

namespace posthaste::smtp::rules {
namespace {

std::string RowOf(int code, const std::string& text, Phase phase = Phase::kDot) {
  Reply reply;
  reply.code = code;
  reply.lines = {text};
  const Rule* const match = Match(phase, reply);
  return match == nullptr ? "none" : match->name;
}

TEST(Match, AsksForWholeWords) {
  EXPECT_EQ(RowOf(554, "this is spam"), "words_spam");
  EXPECT_EQ(RowOf(554, "SPAM: no"), "words_spam");
  EXPECT_EQ(RowOf(554, "spamming"), "plain_5yz");
  EXPECT_EQ(RowOf(554, "antispam.example refused it"), "plain_5yz");
  EXPECT_EQ(RowOf(550, "queue id TS1234"), "plain_5yz") << "an id is not Yahoo's code";
  EXPECT_EQ(RowOf(450, "ungreylistable", Phase::kRcpt), "plain_4yz_rcpt");
}

TEST(Match, ReadsWordsOverTheEndsOfLines) {
  Reply reply;
  reply.code = 550;
  reply.lines = {"This user is receiving", "mail too quickly"};
  EXPECT_STREQ(Match(Phase::kRcpt, reply)->name, "any_recipient_rate");
}

TEST(Match, LooksAtBytesAndNotAtCharacters) {
  // Latin-1, GBK, half a UTF-8 character and NUL around a word that we know, and alone.
  EXPECT_EQ(RowOf(550, std::string("\xe9\0 spam \xb3\xc9", 10)), "words_spam");
  EXPECT_EQ(RowOf(550, "\xb2\xbb\xb4\xe6\xd4\xda", Phase::kRcpt), "plain_550_rcpt");
  EXPECT_EQ(RowOf(550, "\xc5\xbfpam"), "plain_5yz") << "a long s is no s";
  EXPECT_EQ(RowOf(450, "\xe2\x84\xaa"), "plain_4yz_content") << "a Kelvin sign is no k";
}

TEST(Match, SaysNothingOfWhatIsNoRefusal) {
  for (const int code : {0, 199, 250, 354, 399, 600}) EXPECT_EQ(RowOf(code, "spam"), "none");
}

TEST(Match, BelievesNoEnhancedCodeOfAnotherClass) {
  Reply reply;
  reply.code = 450;
  reply.enhanced = EnhancedCode{5, 1, 1};
  EXPECT_STREQ(Match(Phase::kRcpt, reply)->name, "plain_4yz_rcpt");
}

// The longest reply that the parser lets through, made to start as many words as can be: linear.
TEST(Match, StaysQuickWhateverARelaySays) {
  FakeRandom random;
  std::string text;
  const char* const starts[] = {"user ", "account is ", "too many ", "relay is ", "no suchlike "};
  while (text.size() < 16000) text += starts[static_cast<uint8_t>(random.Bytes(1)[0]) % 5];
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(RowOf(554, text), "plain_5yz");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace posthaste::smtp::rules
