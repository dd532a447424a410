#include "templates/engine/parse.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

std::string ParseError(std::string_view source) {
  const auto nodes = Parse("f", source);
  return nodes.ok() ? "ok" : std::string(nodes.status().message());
}

TEST(Parse, KeepsThePlaceOfEachTag) {
  const auto nodes = Parse("f", "one\n  {{two}} {{three}}");
  ASSERT_TRUE(nodes.ok());
  ASSERT_EQ(nodes->size(), 4u);
  EXPECT_EQ((*nodes)[1].place.line, 2);
  EXPECT_EQ((*nodes)[1].place.column, 3);
  EXPECT_EQ((*nodes)[3].place.column, 11);
}

TEST(Parse, ReadsFormatters) {
  const auto nodes = Parse("f", "{{ when | time }}");
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[0].path, std::vector<std::string>{"when"});
  EXPECT_EQ((*nodes)[0].formatter, "time");
}

TEST(Parse, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(ParseError("a\nb {{c"), "f:2:3: tag is never closed");
  EXPECT_EQ(ParseError("{{#a}}"), "f:1:1: section 'a' is never closed");
  EXPECT_EQ(ParseError("x{{/a}}"), "f:1:2: 'a' is closed but was never opened");
  EXPECT_EQ(ParseError("{{#a}}\n{{/b}}"), "f:2:1: 'b' closes section 'a' of line 1");
  EXPECT_EQ(ParseError("{{}}"), "f:1:1: tag without a name");
  EXPECT_EQ(ParseError("{{a b}}"), "f:1:1: 'a b' is no name");
  EXPECT_EQ(ParseError("{{a..b}}"), "f:1:1: 'a..b' is no name");
  EXPECT_EQ(ParseError("{{a | }}"), "f:1:1: no formatter after '|'");
  EXPECT_EQ(ParseError("{{> }}"), "f:1:1: partial without a name");
  EXPECT_EQ(ParseError("{{=a=}}"), "f:1:1: delimiters are two words without '='");
}

TEST(Parse, DoesNotCountAPartialsIndentAsColumns) {
  const auto nodes = Parse("f", "a\nb {{c}}", "    ");
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[0].text, "    a\n    b ");
  EXPECT_EQ((*nodes)[1].place.column, 3);
}

TEST(Parse, RefusesWhatIsTooLargeOrTooDeep) {
  EXPECT_EQ(ParseError(std::string(Limits::kSourceBytes + 1, 'x')),
            "f:1:1: file is larger than 262144 bytes");
  std::string deep;
  for (int i = 0; i < Limits::kDepth + 1; ++i) deep += "{{#a}}";
  EXPECT_NE(ParseError(deep).find("sections nest deeper than 32"), std::string::npos);
}

}  // namespace
}  // namespace posthaste::templates
