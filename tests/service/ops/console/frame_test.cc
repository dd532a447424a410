#include "service/ops/console/frame.h"

#include <gtest/gtest.h>

namespace posthaste::ops {
namespace {

TEST(Frame, ShowsOneSchemeWhateverTheSystemSays) {
  const char* const html =
      "@media (prefers-color-scheme:dark){a{}}@media (prefers-color-scheme: dark){b{}}";
  EXPECT_EQ(InScheme(html, true), "@media all{a{}}@media all{b{}}");
  EXPECT_EQ(InScheme(html, false), "@media not all{a{}}@media not all{b{}}");
}

TEST(Frame, ShowsAPictureOfTheMailWithoutFetchingIt) {
  const char* const html = "<img src=\"cid:logo-1\"><img src=\"cid:logo-12\">";
  EXPECT_EQ(WithPicture(html, "logo-1", "image/png", "abc"),
            "<img src=\"data:image/png;base64,YWJj\"><img src=\"cid:logo-12\">");
  EXPECT_EQ(WithPicture("<img src=\"cid:\">", "", "", ""), "<img src=\"cid:\">");
}

TEST(Frame, ShowsATextAsItIs) {
  const std::string page = TextPage("Hello <b>\n  Ada");
  EXPECT_NE(page.find("Hello &lt;b&gt;\n  Ada</pre>"), std::string::npos) << page;
}

}  // namespace
}  // namespace posthaste::ops
