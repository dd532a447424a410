#include "templates/engine/compile.h"

#include <gtest/gtest.h>

#include <map>

namespace posthaste::templates {
namespace {

Variable Of(Type type, bool required = true) {
  Variable variable;
  variable.type = type;
  variable.required = required;
  return variable;
}

const Schema& Declared() {
  static const Schema* const kSchema = [] {
    Variable purpose = Of(Type::kChoice, false);
    purpose.choices = {"sign_in"};
    Variable items = Of(Type::kList);
    items.fields = {{"title", Of(Type::kString)}, {"note", Of(Type::kString, false)}};
    return new Schema{{"name", Of(Type::kString)},
                      {"nick", Of(Type::kString, false)},
                      {"link", Of(Type::kUrl)},
                      {"when", Of(Type::kTime)},
                      {"ttl", Of(Type::kDuration)},
                      {"flag", Of(Type::kBool)},
                      {"tint", Of(Type::kColor)},
                      {"purpose", purpose},
                      {"items", items}};
  }();
  return *kSchema;
}

std::string Error(Medium medium, std::string_view source, bool allow_code = true) {
  static const std::map<std::string, SourceFile, std::less<>> kPartials = {
      {"self", {"layout/self.html", "{{> self}}"}},
      {"bad", {"layout/bad.html", "<p>\n{{nobody}}</p>"}},
      {"open", {"layout/open.html", "<a href=\""}}};
  CompileOptions options;
  options.medium = medium;
  options.scopes = {&Declared()};
  options.allow_code = allow_code;
  options.partials = [](std::string_view name) -> const SourceFile* {
    const auto found = kPartials.find(name);
    return found == kPartials.end() ? nullptr : &found->second;
  };
  const absl::StatusOr<Program> program = Compile({"f", std::string(source)}, options);
  return program.ok() ? "ok" : std::string(program.status().message());
}

std::string Html(std::string_view source) { return Error(Medium::kHtml, source); }
std::string Text(std::string_view source) { return Error(Medium::kText, source); }

TEST(StrictCompile, RefusesUndeclaredNamesWithTheirPlace) {
  EXPECT_EQ(Text("Hi\n{{nobody}}"), "f:2:1: undeclared variable 'nobody'");
  EXPECT_EQ(Text("{{#nobody}}{{/nobody}}"), "f:1:1: undeclared variable 'nobody'");
  EXPECT_EQ(Text("{{name.first}}"), "f:1:1: 'name' has no fields");
  EXPECT_EQ(Text("{{.}}"), "f:1:1: '.' says nothing to a reader: name the variable");
  EXPECT_EQ(Text("{{> nothing}}"), "f:1:1: no partial 'nothing'");
}

TEST(StrictCompile, NamesThePartialWhereAFaultStands) {
  EXPECT_EQ(Html("<i></i>\n{{> bad}}"), "layout/bad.html:2:1: undeclared variable 'nobody'");
  EXPECT_EQ(Html("{{> self}}"), "layout/self.html:1:1: partial 'self' includes itself");
}

TEST(StrictCompile, WantsOptionalVariablesWithinTheirSection) {
  EXPECT_EQ(Text("{{nick}}"), "f:1:1: 'nick' is optional: put it in a section {{#nick}}…{{/nick}}");
  EXPECT_EQ(Text("{{^nick}}{{nick}}{{/nick}}"),
            "f:1:10: 'nick' is optional: put it in a section {{#nick}}…{{/nick}}");
  EXPECT_EQ(Text("{{#nick}}{{nick}}{{/nick}}"), "ok");
  EXPECT_EQ(Text("{{#nick}}x{{/nick}}{{nick}}").find("f:1:20"), 0u);
}

TEST(StrictCompile, WantsTheFormatterThatFitsTheType) {
  EXPECT_EQ(Text("{{when | time}} {{ttl | minutes}} {{code | grouped}}"), "ok");
  EXPECT_EQ(Text("{{when}}"), "f:1:1: 'when': a time needs '| time', '| clock' or '| date'");
  EXPECT_EQ(Text("{{ttl | time}}"), "f:1:1: 'ttl': a duration needs '| minutes' or '| duration'");
  EXPECT_EQ(Text("{{name | time}}"), "f:1:1: 'name': this formatter does not fit a string");
  EXPECT_EQ(Text("{{name | grouped}}"), "f:1:1: 'name': only the code can be grouped");
  EXPECT_EQ(Text("{{name | shout}}"), "f:1:1: unknown formatter 'shout'");
  EXPECT_EQ(Text("{{flag}}"),
            "f:1:1: 'flag': a bool cannot be written, only asked for in a section");
  EXPECT_EQ(Text("{{code | time}}"), "f:1:1: the code can only be grouped");
}

TEST(StrictCompile, KnowsTheChoicesOfAChoice) {
  EXPECT_EQ(Text("{{#purpose.sign_in}}a{{/purpose.sign_in}}{{#purpose.other}}b{{/purpose.other}}"),
            "ok");
  EXPECT_EQ(Text("{{#purpose.sleep}}{{/purpose.sleep}}"),
            "f:1:1: 'purpose.sleep' is none of the choices of 'purpose'");
}

TEST(StrictCompile, OpensTheFieldsOfAListInItsSectionOnly) {
  EXPECT_EQ(Text("{{#items}}{{title}} {{name}}{{#note}}{{note}}{{/note}}{{/items}}"), "ok");
  EXPECT_EQ(Text("{{title}}"), "f:1:1: undeclared variable 'title'");
  EXPECT_EQ(Text("{{#items}}{{/items}}{{title}}"), "f:1:21: undeclared variable 'title'");
}

TEST(StrictCompile, PutsTheCodeOnlyWhereItMayStand) {
  EXPECT_EQ(Error(Medium::kSubject, "{{code}}", false), "f:1:1: the code may not stand here");
  EXPECT_EQ(Html("<a href=\"https://x.test/{{code}}\">"),
            "f:1:25: the code may not stand in the attribute 'href'");
  EXPECT_EQ(Html("<p>{{code}}</p>"), "ok");
}

TEST(StrictCompile, RefusesVariablesWhereHtmlIsNotText) {
  EXPECT_EQ(Html("<style>{{name}}</style>"), "f:1:8: 'name' may not stand in CSS");
  EXPECT_EQ(Html("<script>{{name}}</script>"), "f:1:9: 'name' may not stand in <script>");
  EXPECT_EQ(Html("<!-- {{name}} -->"), "f:1:6: 'name' may not stand in a comment");
  EXPECT_EQ(Html("<!--[if mso]>{{name}}<![endif]-->"), "f:1:14: 'name' may not stand in a comment");
  EXPECT_EQ(Html("<p class={{name}}>"),
            "f:1:10: 'name' may not stand in the unquoted attribute 'class'");
  EXPECT_EQ(Html("<p {{name}}>"), "f:1:4: 'name' may not stand among the attributes of <p>");
  EXPECT_EQ(Html("<p da{{name}}=\"\">"), "f:1:6: 'name' may not stand in the name of an attribute");
  EXPECT_EQ(Html("<h{{name}}>"), "f:1:3: 'name' may not stand in the name of an element");
  EXPECT_EQ(Html("<{{name}}>").find("f:1:2: 'name' may not stand"), 0u);
  EXPECT_EQ(Html("<p onclick=\"{{name}}\">"),
            "f:1:13: 'name' may not stand in the attribute 'onclick'");
  EXPECT_EQ(Html("<iframe srcdoc='{{name}}'>"),
            "f:1:17: 'name' may not stand in the attribute 'srcdoc'");
  EXPECT_EQ(Html("<p style=\"color:{{name}}\">"),
            "f:1:17: 'name' may not stand in the attribute 'style': only a color may");
  EXPECT_EQ(Html("<p style=\"color:{{tint}}\" class=\"{{name}}\" title='{{name}}'>{{name}}</p>"),
            "ok");
}

TEST(StrictCompile, LetsOnlyUrlsBeginALink) {
  EXPECT_EQ(Html("<a href=\"{{link}}\">"), "ok");
  EXPECT_EQ(Html("<a href=\"{{name}}\">"),
            "f:1:10: 'name' begins a URL, so it must be declared as url");
  EXPECT_EQ(Html("<a href=\"{{link}}?q={{name}}\">"), "ok");
  EXPECT_EQ(Html("<a href=\"mailto:{{name}}\">"), "ok");
  EXPECT_EQ(Html("<a href=\"https://x.test/{{name}}\">"), "ok");
  for (const char* open : {"https://", "https://x.test", "javascript:", "java", "{{link}}"}) {
    EXPECT_NE(Html("<a href=\"" + std::string(open) + "{{name}}\">")
                  .find("'name' may not decide the scheme or the host of a URL"),
              std::string::npos)
        << open;
  }
}

TEST(StrictCompile, RefusesUnescapedTagsInHtml) {
  EXPECT_EQ(Html("{{{name}}}"), "f:1:1: {{{…}}} and {{&…}} would write a variable unescaped");
  EXPECT_EQ(Html("{{&name}}"), "f:1:1: {{{…}}} and {{&…}} would write a variable unescaped");
}

TEST(StrictCompile, WantsSectionsToEndWhereTheyBegan) {
  EXPECT_EQ(Html("<p {{#flag}}class=\"a\"{{/flag}}>"), "ok");
  EXPECT_EQ(
      Html("{{#flag}}<a href=\"{{/flag}}"),
      "f:1:1: section 'flag' begins in text and ends in the attribute 'href': close what it opens");
  EXPECT_EQ(
      Html("<a href=\"{{#flag}}https://x.test/{{/flag}}{{name}}\">").find("f:1:10: section 'flag'"),
      0u);
  EXPECT_EQ(Html("<p"), "f:1:1: the file ends in the name of an element");
}

TEST(StrictCompile, FollowsTheHtmlThroughPartials) {
  EXPECT_EQ(Html("{{> open}}{{name}}\">"),
            "f:1:11: 'name' begins a URL, so it must be declared as url");
}

TEST(StrictCompile, RefusesControlsInTemplates) {
  EXPECT_EQ(Text("a\x02"
                 "c\x03"),
            "f:1:1: the text has a control character");
}

TEST(StrictCompile, NamesTheLineOfAFaultInTheHtml) {
  EXPECT_EQ(Html("<p>\na < b</p>"), "f:2:1: '<' that begins no tag: write &lt;");
}

TEST(StrictCompile, RemembersWhichNamesWereUsed) {
  CompileOptions options;
  options.scopes = {&Declared()};
  options.allow_code = true;
  const absl::StatusOr<Program> program =
      Compile({"f", "{{name}}{{#flag}}{{code}}{{/flag}}"}, options);
  ASSERT_TRUE(program.ok());
  EXPECT_EQ(program->used, (std::set<std::string>{"code", "flag", "name"}));
}

}  // namespace
}  // namespace posthaste::templates
