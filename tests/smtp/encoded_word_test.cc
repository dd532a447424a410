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
