#include "smtp/encoded_word.h"

#include <gtest/gtest.h>

#include "tests/smtp/message_support.h"

namespace posthaste::smtp {
namespace {

std::string Encoded(std::string_view text, size_t column = 0) {
  std::string out;
  AppendEncodedWords(out, column, text);
  return out;
}

TEST(EncodedWord, TakesTheShorterOfQAndB) {
  EXPECT_EQ(Encoded("Your code for Zoë"), "=?UTF-8?Q?Your_code_for_Zo=C3=AB?=");
  EXPECT_EQ(Encoded("確認"), "=?UTF-8?B?56K66KqN?=");
}

TEST(EncodedWord, StartsOnANewLineWhenNothingFits) {
  EXPECT_EQ(Encoded("ü", 70), "\r\n =?UTF-8?B?w7w=?=");
  EXPECT_EQ(Encoded("ü", 900), "\r\n =?UTF-8?B?w7w=?=");
}

TEST(EncodedWord, PadsNoWordBeforeTheLast) {
  std::string arabic;
  for (int i = 0; i < 40; ++i) arabic += "م";  // Two bytes each.
  const std::string words = Encoded(arabic);
  EXPECT_GT(words.find("\r\n "), 0U);
  EXPECT_TRUE(IsPaddedAtItsEndOnly(words)) << words;
  EXPECT_EQ(DecodeHeaderValue(words), arabic);
  // No sum of these is a multiple of three: what is not is written in Q.
  std::string never = "👍";
  for (int i = 0; i < 40; ++i) never += "語";
  EXPECT_TRUE(Encoded(never).starts_with("=?UTF-8?Q?=F0=9F=91=8D")) << Encoded(never);
  EXPECT_TRUE(IsPaddedAtItsEndOnly(Encoded(never))) << Encoded(never);
  EXPECT_EQ(DecodeHeaderValue(Encoded(never)), never);
}

TEST(EncodedWord, StaysWithinItsLimitsAndKeepsCharactersWhole) {
  MessageMaker maker(11);
  for (int i = 0; i < 3'000; ++i) {
    std::string text = maker.Character();
    while (maker.Below(60) > 0) text += maker.Character();
    const size_t column = maker.Below(90);
    std::string out;
    const size_t end = AppendEncodedWords(out, column, text);
    // DecodeHeaderValue refuses words over 75 and words that are not whole characters.
    const size_t fold = out.starts_with("\r\n ") ? 3 : 0;
    EXPECT_EQ(DecodeHeaderValue(std::string_view(out).substr(fold)), text) << out;
    EXPECT_TRUE(IsPaddedAtItsEndOnly(out)) << out;
    const auto lines = CrLfLines(out + "\r\n");
    ASSERT_TRUE(lines.has_value()) << out;
    for (size_t line = 0; line < lines->size(); ++line) {
      if (line > 0) {
        EXPECT_LE((*lines)[line].size(), 76U);
      }
    }
    EXPECT_EQ(end, lines->back().size() + (lines->size() == 1 ? column : 0));
  }
}

}  // namespace
}  // namespace posthaste::smtp
