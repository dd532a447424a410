#include "service/sandbox/decode.h"

#include <gtest/gtest.h>

namespace posthaste::sandbox {
namespace {

TEST(DecodeQuotedPrintable, UndoesEscapesAndSoftBreaks) {
  EXPECT_EQ(DecodeQuotedPrintable("a=3Db=\r\nc=\nd =E2=80=93"), "a=bcd \xE2\x80\x93");
}

TEST(DecodeQuotedPrintable, LeavesWhatIsNoEscape) {
  EXPECT_EQ(DecodeQuotedPrintable("1 = 2 =ZZ ="), "1 = 2 =ZZ =");
}

TEST(DecodeBase64Text, SkipsLineEndsAndStopsAtPadding) {
  EXPECT_EQ(DecodeBase64Text("aGVs\r\nbG8=\r\nxxxx"), "hello");
}

TEST(DecodeWords, ReadsBothEncodings) {
  EXPECT_EQ(DecodeWords("=?UTF-8?B?Wm/DqyBNw7xsbGVy?= <zoe@example.test>"),
            "Zo\xC3\xAB M\xC3\xBCller <zoe@example.test>");
  EXPECT_EQ(DecodeWords("=?utf-8?q?J=C3=BCrgen_B.?="), "J\xC3\xBCrgen B.");
}

TEST(DecodeWords, JoinsNeighboursAndKeepsOtherBlanks) {
  EXPECT_EQ(DecodeWords("=?UTF-8?Q?a?=  =?UTF-8?Q?b?= c"), "ab c");
}

TEST(DecodeWords, LeavesWhatIsNoWord) {
  EXPECT_EQ(DecodeWords("=? =?UTF-8?X?a?= =?UTF-8?B"), "=? =?UTF-8?X?a?= =?UTF-8?B");
}

TEST(ToUtf8, UnderstandsLatin1) {
  EXPECT_EQ(ToUtf8("\xFC", "ISO-8859-1"), "\xC3\xBC");
  EXPECT_EQ(ToUtf8("\xC3\xBC", "utf-8"), "\xC3\xBC");
}

}  // namespace
}  // namespace posthaste::sandbox
