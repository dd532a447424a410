#include "smtp/transfer_encoding.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tests/smtp/message_support.h"

namespace posthaste::smtp {
namespace {

TransferEncoding Choice(std::string_view text) { return ChooseEncoding(Examine(text)); }

std::string Quoted(std::string_view text) {
  std::string out;
  AppendQuotedPrintable(out, text);
  return out;
}

TEST(TransferEncoding, LeavesShortPlainTextAlone) {
  EXPECT_EQ(Choice(""), TransferEncoding::k7Bit);
  EXPECT_EQ(Choice("a=b\tc\n\n.\n..x\n"), TransferEncoding::k7Bit);
  EXPECT_EQ(Choice(std::string(78, 'x') + "\r\n"), TransferEncoding::k7Bit);
}

TEST(TransferEncoding, ProtectsWhatTheWayCouldChange) {
  EXPECT_EQ(Choice(std::string(79, 'x')), TransferEncoding::kQuotedPrintable);
  EXPECT_EQ(Choice("ends in a space \nx"), TransferEncoding::kQuotedPrintable);
  EXPECT_EQ(Choice("x\nFrom here\n"), TransferEncoding::kQuotedPrintable);
  EXPECT_EQ(Choice("bell \x07 rings"), TransferEncoding::kQuotedPrintable);
}

TEST(TransferEncoding, TakesBase64WhereMostIsNotAscii) {
  EXPECT_EQ(Choice("Grüße aus Köln"), TransferEncoding::kQuotedPrintable);
  EXPECT_EQ(Choice("確認コードは次のとおりです"), TransferEncoding::kBase64);
}

TEST(TransferEncoding, FindsNul) {
  EXPECT_TRUE(Examine(std::string_view("a\0b", 3)).has_nul);
  EXPECT_FALSE(Examine("ä\x01").has_nul);
}

TEST(QuotedPrintable, EscapesAndBreaksAsTheRfcSays) {
  EXPECT_EQ(Quoted("a=b ü\n"), "a=3Db =C3=BC\r\n");
  EXPECT_EQ(Quoted("blank \ntab\t\n"), "blank=20\r\ntab=09\r\n");
  EXPECT_EQ(Quoted(" \n"), "=20\r\n");
  EXPECT_EQ(Quoted("one\rtwo\r\nthree"), "one\r\ntwo\r\nthree\r\n");
  EXPECT_EQ(Quoted(std::string(75, 'x')), std::string(75, 'x') + "\r\n");
  EXPECT_EQ(Quoted(std::string(76, 'x')), std::string(75, 'x') + "=\r\nx\r\n");
}

TEST(QuotedPrintable, NeverBreaksInsideACharacter) {
  for (size_t before = 60; before < 76; ++before) {
    const std::string quoted = Quoted(std::string(before, 'x') + "👍x");
    EXPECT_NE(quoted.find("=F0=9F=91=8D"), std::string::npos) << quoted;
  }
}

TEST(QuotedPrintable, HidesFromAtTheStartOfAnyLine) {
  EXPECT_EQ(Quoted("From x\n"), "=46rom x\r\n");
  EXPECT_EQ(Quoted(std::string(75, 'x') + "From x"), std::string(75, 'x') + "=\r\n=46rom x\r\n");
}

TEST(Base64, WritesTheVectorsOfTheRfc) {
  const auto encoded = [](std::string_view bytes) {
    std::string out;
    AppendBase64(out, bytes);
    return out;
  };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(TransferEncodings, GiveBackEveryText) {
  MessageMaker maker(7);
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = maker.Text(12);
    const std::string canonical = CanonicalText(text);
    EXPECT_EQ(DecodeQuotedPrintable(Quoted(text)), canonical);
    std::string base64;
    AppendBase64Text(base64, text);
    EXPECT_EQ(DecodeBase64Lines(base64), canonical);
    if (Choice(text) == TransferEncoding::k7Bit) {
      std::string plain;
      Append7Bit(plain, text);
      EXPECT_EQ(plain, canonical);
    }
  }
}

TEST(TransferEncodings, LookAtEachByteOnceWhateverTheLineEnds) {
  // Quadratic work on a quarter of a megabyte would run into the time limit.
  for (const char* unit : {"\r", "\n", "x", "\r\n", "x\r", "ü", "= "}) {
    std::string text;
    while (text.size() < 256 * 1024) text += unit;
    EXPECT_EQ(DecodeQuotedPrintable(Quoted(text)), CanonicalText(text));
  }
}

}  // namespace
}  // namespace posthaste::smtp
