#include "templates/engine/page.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

constexpr char kMail[] =
    "<!doctype html><html lang=\"ar\" dir=\"rtl\"><head><title>T</title><style>"
    "@media (prefers-color-scheme:dark){.bg{background:#000000!important}.t{color:#eeeeee}}"
    "</style></head><body class=\"bg\" style=\"background:#fefefe\">"
    "<div style=\"display:none\">before</div><!-- <p>not this</p> -->"
    "<p class=\"t\" style=\"color:#222222;font-size:18px\">one &amp; <b dir=ltr>two</b><br>\n "
    "three</p>"
    "<a href=\"https://example.com/?a=1&amp;b=2\" title='a > b'>four</a></body></html>";

TEST(ReadPage, FindsTheTextsWithoutTheirMarkup) {
  const Page page = ReadPage(kMail);
  ASSERT_EQ(page.texts.size(), 5u);
  EXPECT_EQ(page.texts[0].text, "before");
  EXPECT_TRUE(page.texts[0].hidden);
  EXPECT_EQ(page.texts[1].text, "one & ");
  EXPECT_EQ(page.Visible(),
            "one & two three"
            "four");
}

TEST(ReadPage, DressesTextsInLightAndInDark) {
  const Page page = ReadPage(kMail);
  EXPECT_EQ(page.texts[1].light.text, "#222222");
  EXPECT_EQ(page.texts[1].light.background, "#fefefe");
  EXPECT_EQ(page.texts[1].dark.text, "#222222") << "inline wins over what is not important";
  EXPECT_EQ(page.texts[1].dark.background, "#000000");
  EXPECT_EQ(page.texts[1].pixels, 18);
  EXPECT_EQ(page.texts[4].pixels, 16);
}

TEST(ReadPage, HandsDirectionDown) {
  const Page page = ReadPage(kMail);
  EXPECT_EQ(page.texts[1].dir, "rtl");
  EXPECT_EQ(page.texts[2].dir, "ltr");
  EXPECT_EQ(page.texts[3].dir, "rtl");
}

TEST(ReadPage, TellsWhichLinkATextIsOf) {
  const Page page = ReadPage(kMail);
  EXPECT_EQ(page.texts[1].link, -1);
  const Element& link = page.elements.at(static_cast<size_t>(page.texts[4].link));
  EXPECT_EQ(link.Get("href"), "https://example.com/?a=1&b=2");
  EXPECT_EQ(link.Get("title"), "a > b");
  EXPECT_EQ(link.Get("alt"), "");
}

TEST(ReadPage, SurvivesWhatIsNotClosed) {
  for (const char* html : {"", "<", "<p", "<p a=\"", "</p></p>text", "<!--", "<style>", "<title>"})
    EXPECT_LE(ReadPage(html).texts.size(), 1u) << html;
}

}  // namespace
}  // namespace posthaste::templates
