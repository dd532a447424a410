#include "templates/engine/marks.h"

#include <gtest/gtest.h>

#include "templates/engine/escape.h"

namespace posthaste::templates {
namespace {

TEST(FillCode, PutsTheCodeWhereverItsPlaceIs) {
  const std::string text =
      "a \x02"
      "c\x03 b \x02g\x03 c \x02"
      "c\x03";
  EXPECT_EQ(FillCode(text, "123456"), "a 123456 b 123 456 c 123456");
}

TEST(FillCode, GroupsSixAndEightDigitsOnly) {
  const std::string mark(kGroupedCodeMark);
  EXPECT_EQ(FillCode(mark, "123456"), "123 456");
  EXPECT_EQ(FillCode(mark, "12345678"), "1234 5678");
  EXPECT_EQ(FillCode(mark, "1234"), "1234");
  EXPECT_EQ(FillCode(mark, "1234567"), "1234567");
  EXPECT_EQ(FillCode(mark, "AB12CD"), "AB12CD");
}

TEST(FillCode, LeavesTextWithoutPlacesAlone) {
  EXPECT_EQ(FillCode("no place", "123456"), "no place");
  EXPECT_EQ(FillCode("half \x02"
                     "c",
                     "123456"),
            "half \x02"
            "c");
  EXPECT_EQ(FillCode("", "123456"), "");
}

TEST(HasCode, SeesBothMarksAndNothingElse) {
  EXPECT_TRUE(
      HasCode("x \x02"
              "c\x03"));
  EXPECT_TRUE(HasCode("x \x02g\x03"));
  EXPECT_FALSE(
      HasCode("x \x02"
              "d\x03"));
  EXPECT_FALSE(HasCode("123456"));
}

TEST(Marks, SurviveHtmlEscaping) {
  std::string out;
  AppendHtml(std::string(kCodeMark) + "<" + std::string(kGroupedCodeMark), out);
  EXPECT_EQ(out, std::string(kCodeMark) + "&lt;" + std::string(kGroupedCodeMark));
}

}  // namespace
}  // namespace posthaste::templates
