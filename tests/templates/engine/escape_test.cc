#include "templates/engine/escape.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

// What a text becomes in a slot; "refused: why" if it may not stand there.
std::string In(Slot slot, std::string_view text) {
  std::string out;
  const absl::Status status = AppendEscaped(slot, text, out);
  return status.ok() ? out : "refused: " + std::string(status.message());
}

constexpr Slot kEverySlot[] = {Slot::kPlain, Slot::kSubject, Slot::kHtml,
                               Slot::kUrl,   Slot::kUrlPart, Slot::kColor};

TEST(AppendEscaped, WritesMarkupAsCharacterReferencesInHtml) {
  EXPECT_EQ(In(Slot::kHtml, "<b>\"R&B\" 'x'</b>"),
            "&lt;b&gt;&quot;R&amp;B&quot; &#39;x&#39;&lt;/b&gt;");
}

TEST(AppendEscaped, LeavesTextAndSubjectsAsTheyAre) {
  EXPECT_EQ(In(Slot::kPlain, "<R&B> \"x\"\ny"), "<R&B> \"x\"\ny");
  EXPECT_EQ(In(Slot::kSubject, "<R&B> \"x\""), "<R&B> \"x\"");
}

TEST(AppendEscaped, RefusesControlsEverywhere) {
  using std::string_literals::operator""s;
  for (const Slot slot : kEverySlot) {
    for (const std::string& text : {"a\rb"s, "a\0b"s,
                                    "a\x02"
                                    "c\x03"s,
                                    "a\x1b[1m"s, "a\tb"s, "a\x7f"s, "a\xC2\x85"s}) {
      EXPECT_EQ(In(slot, text), "refused: has a control character");
    }
    EXPECT_EQ(In(slot, "a\xff"), "refused: is not UTF-8");
  }
}

TEST(AppendEscaped, RefusesLineBreaksInSubjectsAndUrls) {
  EXPECT_EQ(In(Slot::kSubject, "a\nBcc: x"),
            "refused: has a line break, which cannot enter a subject");
  EXPECT_EQ(In(Slot::kSubject,
               "a\xE2\x80\xA8"
               "b"),
            "refused: has a line break, which cannot enter a subject");
  EXPECT_EQ(In(Slot::kUrlPart, "a\nb"), "refused: has a line break, which cannot enter a URL");
  EXPECT_NE(In(Slot::kUrl, "https://a/\nb").find("refused"), std::string::npos);
}

TEST(AppendEscaped, ChecksTheSchemeOfAUrl) {
  EXPECT_EQ(In(Slot::kUrl, "https://example.com/?a=1&b=2"), "https://example.com/?a=1&amp;b=2");
  for (const char* url :
       {"javascript:alert(1)", "data:text/html,<script>", "example.com", "\"><script>"}) {
    EXPECT_EQ(In(Slot::kUrl, url),
              "refused: is no absolute URL with scheme https, http, mailto or tel");
  }
}

TEST(AppendEscaped, PercentEncodesWithinAUrl) {
  EXPECT_EQ(In(Slot::kUrlPart, "a b&c=\"<ä>'/"), "a%20b%26c%3D%22%3C%C3%A4%3E%27%2F");
  EXPECT_EQ(In(Slot::kUrlPart, "ada@example.com"), "ada@example.com");
}

TEST(AppendEscaped, TakesOnlyColoursInStyles) {
  EXPECT_EQ(In(Slot::kColor, "#1A73e8"), "#1A73e8");
  for (const char* text :
       {"red", "#fff", "#1a73e8;background:url(x)", "#1a73eg", "expression(1)", ""}) {
    EXPECT_EQ(In(Slot::kColor, text), "refused: is no colour like #1a73e8");
  }
}

}  // namespace
}  // namespace posthaste::templates
