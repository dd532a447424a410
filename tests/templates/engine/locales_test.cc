#include "templates/engine/locales.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NormalLocale, WritesTagsInTheUsualCase) {
  EXPECT_EQ(NormalLocale("PT_br"), "pt-BR");
  EXPECT_EQ(NormalLocale("zh-hant-tw"), "zh-Hant-TW");
  EXPECT_EQ(NormalLocale("EN"), "en");
}

TEST(NormalLocale, KnowsWhatIsNoTag) {
  for (const char* tag : {"", "-", "en-", "../etc", "en/de", "1a", "toolonglang", "en us"}) {
    EXPECT_EQ(NormalLocale(tag), "") << tag;
  }
}

TEST(LocaleChain, GoesFromNearToFar) {
  EXPECT_THAT(LocaleChain("zh-Hant-TW"), ElementsAre("zh-Hant-TW", "zh-Hant", "zh"));
  EXPECT_THAT(LocaleChain("??"), IsEmpty());
}

TEST(FindLocale, FallsBackToTheParentAndThenToEnglish) {
  EXPECT_EQ(FindLocale("de-AT").tag, "de");
  EXPECT_EQ(FindLocale("en-US").tag, "en-US");
  EXPECT_EQ(FindLocale("en-GB").tag, "en");
  EXPECT_EQ(FindLocale("tlh").tag, "en");
}

TEST(Direction, IsRightToLeftForArabicAndItsKin) {
  EXPECT_EQ(Direction("ar"), "rtl");
  EXPECT_EQ(Direction("he-IL"), "rtl");
  EXPECT_EQ(Direction("de"), "ltr");
  EXPECT_EQ(Direction(""), "ltr");
}

}  // namespace
}  // namespace posthaste::templates
