#include "smtp/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

using testing::ElementsAre;

// The first reply in `bytes`; code 0 if there is none or the bytes are not a reply.
Reply Parse(std::string_view bytes) {
  ReplyParser parser;
  const bool ok = parser.Feed(bytes).ok();
  return ok ? parser.Next().value_or(Reply()) : Reply();
}

absl::StatusCode ErrorOf(std::string_view bytes) {
  ReplyParser parser;
  return parser.Feed(bytes).code();
}

TEST(ReplyParser, TakesASingleLine) {
  const Reply reply = Parse("250 2.1.0 Ok\r\n");
  EXPECT_EQ(reply.code, 250);
  EXPECT_THAT(reply.lines, ElementsAre("2.1.0 Ok"));
  ASSERT_TRUE(reply.enhanced);
  EXPECT_EQ(*reply.enhanced, (EnhancedCode{2, 1, 0}));
}

TEST(ReplyParser, JoinsTheLinesOfOneReply) {
  const Reply reply = Parse("550-5.1.1 No such user\r\n550-\r\n550 5.1.1 here\r\n");
  EXPECT_EQ(reply.code, 550);
  EXPECT_THAT(reply.lines, ElementsAre("5.1.1 No such user", "", "5.1.1 here"));
  EXPECT_EQ(reply.Text(), "No such user here");
}

TEST(ReplyParser, TakesACodeWithoutText) {
  EXPECT_EQ(Parse("250\r\n").code, 250);
  EXPECT_EQ(Parse("250 \r\n").code, 250);
  EXPECT_EQ(Parse("250-\r\n250\r\n").lines.size(), 2u);
}

TEST(ReplyParser, TakesTheEnhancedCodeFromTheFirstLineThatHasOne) {
  const Reply reply = Parse("550-Sorry\r\n550-5.1.1 nobody\r\n550 5.2.2 full\r\n");
  ASSERT_TRUE(reply.enhanced);
  EXPECT_EQ(*reply.enhanced, (EnhancedCode{5, 1, 1}));
}

TEST(ReplyParser, IgnoresAnEnhancedCodeOfAnotherClass) {
  EXPECT_FALSE(Parse("250 5.1.1 Ok\r\n").enhanced);
  EXPECT_FALSE(Parse("550 4.2.2 Full\r\n").enhanced);
}

TEST(ReplyParser, TakesNothingForAnEnhancedCodeThatIsNone) {
  EXPECT_FALSE(Parse("550 5.1.1\xc2\xa0nobody\r\n").enhanced);
  EXPECT_FALSE(Parse("550 5.1 nobody\r\n").enhanced);
  EXPECT_FALSE(Parse("550 5.1.1234 nobody\r\n").enhanced);
  EXPECT_FALSE(Parse("550 5.1.1.1 nobody\r\n").enhanced);
  EXPECT_TRUE(Parse("550 5.1.1\r\n").enhanced);
}

TEST(ReplyParser, GivesTheSameRepliesInAnyFragmentation) {
  const std::string bytes = "220-a\r\n220 b\r\n250 2.0.0 Ok\n550-5.1.1 x\r\n550 y\r\n";
  for (size_t size = 1; size <= bytes.size(); ++size) {
    ReplyParser parser;
    std::vector<int> codes;
    for (size_t at = 0; at < bytes.size(); at += size) {
      ASSERT_TRUE(parser.Feed(std::string_view(bytes).substr(at, size)).ok());
    }
    while (std::optional<Reply> reply = parser.Next()) codes.push_back(reply->code);
    EXPECT_THAT(codes, ElementsAre(220, 250, 550)) << "pieces of " << size;
    EXPECT_FALSE(parser.HasLeftover());
  }
}

TEST(ReplyParser, RefusesWhatIsNoReply) {
  for (const std::string_view line :
       {"hello\r\n", "\r\n", "25\r\n", "2x0 Ok\r\n", "199 Ok\r\n", "600 Ok\r\n", "250Ok\r\n",
        "250\tOk\r\n", " 250 Ok\r\n", "250\rOk\r\n"}) {
    EXPECT_EQ(ErrorOf(line), absl::StatusCode::kInvalidArgument) << line;
  }
  EXPECT_EQ(ErrorOf("250-a\r\n550 b\r\n"), absl::StatusCode::kInvalidArgument);
}

TEST(ReplyParser, EndsALineAtLfButNotAtCr) {
  EXPECT_EQ(Parse("250 Ok\n").code, 250);
  EXPECT_EQ(Parse("250 Ok\r").code, 0);
  EXPECT_THAT(Parse("250 a\rb\r\n").lines, ElementsAre("a\rb"));
}

TEST(ReplyParser, KeepsItsLimits) {
  EXPECT_TRUE(Parse("250 " + std::string(4091, 'x') + "\r\n").code == 250);
  EXPECT_EQ(ErrorOf("250 " + std::string(4092, 'x') + "\r\n"),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorOf(std::string(4097, '2')), absl::StatusCode::kResourceExhausted);
  std::string lines;
  for (int i = 0; i < 127; ++i) lines += "250-x\r\n";
  EXPECT_EQ(Parse(lines + "250 x\r\n").lines.size(), 128u);
  EXPECT_EQ(ErrorOf(lines + "250-x\r\n250 x\r\n"), absl::StatusCode::kResourceExhausted);
  const std::string long_line = "250-" + std::string(4000, 'x') + "\r\n";
  EXPECT_EQ(ErrorOf(long_line + long_line + long_line + long_line + "250 " + std::string(400, 'x') +
                    "\r\n"),
            absl::StatusCode::kResourceExhausted);
}

TEST(ReplyParser, GivesWhatWasCompleteBeforeAnErrorAndStaysBroken) {
  ReplyParser parser;
  EXPECT_FALSE(parser.Feed("250 Ok\r\nnonsense\r\n").ok());
  ASSERT_TRUE(parser.Next());
  EXPECT_FALSE(parser.Next());
  EXPECT_TRUE(parser.HasLeftover());
  EXPECT_FALSE(parser.Feed("250 Ok\r\n").ok());
  EXPECT_FALSE(parser.Next());
}

TEST(ReplyParser, KnowsWhetherAnythingIsLeft) {
  ReplyParser parser;
  ASSERT_TRUE(parser.Feed("250 Ok\r\n25").ok());
  ASSERT_TRUE(parser.Next());
  EXPECT_TRUE(parser.HasLeftover());
  ASSERT_TRUE(parser.Feed("0-a\r\n").ok());
  EXPECT_TRUE(parser.HasLeftover());
  ASSERT_TRUE(parser.Feed("250 b\r\n").ok());
  EXPECT_TRUE(parser.HasLeftover());
  ASSERT_TRUE(parser.Next());
  EXPECT_FALSE(parser.HasLeftover());
}

TEST(Reply, DecidesByCodeWhateverBytesFollow) {
  const std::string bytes("250 \xd3\xca\x00\xff ok\r\n", 13);
  const Reply reply = Parse(bytes);
  EXPECT_TRUE(reply.Positive());
  EXPECT_EQ(reply.lines[0].size(), 7u);
}

TEST(Reply, PrintsEscapedAndShortened) {
  EXPECT_EQ(Parse("550-5.1.1 No\r\n550 such\r\n").Printable(), "550 5.1.1 No / such");
  EXPECT_EQ(Parse("250\r\n").Printable(), "250");
  EXPECT_EQ(Parse("250 \xc3\xbc\x1b[2J\r\n").Printable(), "250 \\xc3\\xbc\\x1b[2J");
  EXPECT_EQ(Parse("250 " + std::string(500, 'x') + "\r\n").Printable(50).size(), 50u);
}

TEST(Reply, TellsItsKindByTheFirstDigit) {
  EXPECT_TRUE(Parse("250 a\r\n").Positive());
  EXPECT_TRUE(Parse("354 a\r\n").Intermediate());
  EXPECT_TRUE(Parse("421 a\r\n").Transient());
  EXPECT_TRUE(Parse("554 a\r\n").Permanent());
  EXPECT_FALSE(Reply().Positive() || Reply().Permanent());
}

}  // namespace
}  // namespace posthaste::smtp
