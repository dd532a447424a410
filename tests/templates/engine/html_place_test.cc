#include "templates/engine/html_place.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

std::string After(std::string_view html) {
  HtmlPlace place;
  const absl::Status status = place.Read(html);
  return status.ok() ? place.Describe() : std::string(status.message());
}

TEST(HtmlPlace, FollowsTheTokenizer) {
  EXPECT_EQ(After("<p>"), "in text");
  EXPECT_EQ(After("<p class=\"x\">"), "in text");
  EXPECT_EQ(After("<p class=\"x"), "in the attribute 'class'");
  EXPECT_EQ(After("<p class = '>"), "in the attribute 'class'");
  EXPECT_EQ(After("<p class=x"), "in the unquoted attribute 'class'");
  EXPECT_EQ(After("<p class="), "in the unquoted attribute 'class'");
  EXPECT_EQ(After("<p cl"), "in the name of an attribute");
  EXPECT_EQ(After("<p "), "among the attributes of <p>");
  EXPECT_EQ(After("<p"), "in the name of an element");
  EXPECT_EQ(After("<br/>"), "in text");
  EXPECT_EQ(After("<!-- <p> "), "in a comment");
  EXPECT_EQ(After("<!-- <p> --> "), "in text");
  EXPECT_EQ(After("<!doctype html"), "in a declaration");
  EXPECT_EQ(After("<STYLE>a>b{"), "in CSS");
  EXPECT_EQ(After("<style>a{}</style>"), "in text");
  EXPECT_EQ(After("<script>if (a<b) '</p>'"), "in <script>");
  EXPECT_EQ(After("<script></SCRIPT>"), "in text");
}

TEST(HtmlPlace, RefusesALonelyAngleBracket) {
  EXPECT_EQ(After("a < b"), "'<' that begins no tag: write &lt;");
}

TEST(HtmlPlace, RefusesFixedUrlsThatAreNoWebAddresses) {
  EXPECT_EQ(After("<a href=\"https://example.com/\">"), "in text");
  EXPECT_EQ(After("<a href=\"#top\">"), "in text");
  for (const char* url : {"javascript:alert(1)", "data:text/html,x", "/relative", "//host/",
                          "vbscript:x", " https://example.com/", "java&#115;cript:alert(1)"}) {
    EXPECT_NE(After("<a href=\"" + std::string(url) + "\">").find("must be absolute"),
              std::string::npos)
        << url;
  }
}

TEST(IsSafeUrl, TakesFourSchemesAndNoOddCharacters) {
  for (const char* url : {"https://example.com", "http://localhost:8080/x?y=1&z#f",
                          "HTTPS://example.com/", "mailto:help@example.com", "tel:+4930123456"}) {
    EXPECT_TRUE(IsSafeUrl(url)) << url;
  }
  for (const char* url :
       {"", "example.com", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:x",
        "data:x,y", "vbscript:x", "file:///etc/passwd", "https:", "https://", "https:///x",
        "https:example.com", "https://a b", "https://a\"b", "https://a'b", "https://a<b",
        "https://a\\b", "https://a\tb", "\x01https://a"}) {
    EXPECT_FALSE(IsSafeUrl(url)) << url;
  }
}

}  // namespace
}  // namespace posthaste::templates
