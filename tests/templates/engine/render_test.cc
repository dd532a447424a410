#include "templates/engine/render.h"

#include <gtest/gtest.h>

#include "templates/engine/marks.h"

namespace posthaste::templates {
namespace {

Schema Declared() {
  Variable name;
  name.required = true;
  Variable nick;
  Variable link = name;
  link.type = Type::kUrl;
  Variable tint = name;
  tint.type = Type::kColor;
  Variable purpose;
  purpose.type = Type::kChoice;
  purpose.choices = {"sign_in", "password_reset"};
  Variable items = name;
  items.type = Type::kList;
  items.fields = {{"title", name}};
  return {{"name", name}, {"nick", nick},       {"link", link},
          {"tint", tint}, {"purpose", purpose}, {"items", items}};
}

std::string Rendering(Medium medium, std::string_view source, const Value& variables) {
  static const Schema* const kSchema = new Schema(Declared());
  CompileOptions options;
  options.medium = medium;
  options.scopes = {kSchema};
  options.allow_code = true;
  const absl::StatusOr<Program> program = Compile({"f", std::string(source)}, options);
  if (!program.ok()) return std::string(program.status().message());
  Writer writer{Reader()};
  const absl::StatusOr<std::string> text = Render(*program, {&variables}, writer);
  return text.ok() ? *text : "refused: " + std::string(text.status().message());
}

Value With(const char* name, const char* text) { return Value::Object({{name, text}}); }

TEST(StrictRender, NamesAMissingVariable) {
  EXPECT_EQ(Rendering(Medium::kText, "{{name}}", Value::Object({})), "refused: name: is missing");
  EXPECT_EQ(Rendering(Medium::kText, "{{name}}", Value::Object({{"name", Value()}})),
            "refused: name: is missing");
}

TEST(StrictRender, LeavesSectionsOfAbsentVariablesOut) {
  constexpr char kSource[] = "a{{#nick}} {{nick}}{{/nick}}{{^nick}} -{{/nick}}";
  EXPECT_EQ(Rendering(Medium::kText, kSource, With("nick", "Ada")), "a Ada");
  EXPECT_EQ(Rendering(Medium::kText, kSource, With("nick", "")), "a -");
  EXPECT_EQ(Rendering(Medium::kText, kSource, Value::Object({})), "a -");
}

TEST(StrictRender, EscapesForThePlaceOfTheTag) {
  const char* const kEvil = "\"><script>alert('1')</script>";
  constexpr char kEscaped[] = "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;";
  EXPECT_EQ(Rendering(Medium::kHtml, "<p>{{name}}</p>", With("name", kEvil)),
            "<p>" + std::string(kEscaped) + "</p>");
  EXPECT_EQ(Rendering(Medium::kHtml, "<p title=\"{{name}}\">", With("name", kEvil)),
            "<p title=\"" + std::string(kEscaped) + "\">");
  EXPECT_EQ(
      Rendering(Medium::kHtml, "<a href=\"https://x.test/?q={{name}}\">", With("name", "\"&a b")),
      "<a href=\"https://x.test/?q=%22%26a%20b\">");
  EXPECT_EQ(Rendering(Medium::kText, "{{name}}", With("name", kEvil)), kEvil);
  EXPECT_EQ(Rendering(Medium::kSubject, "{{name}}", With("name", kEvil)), kEvil);
}

TEST(StrictRender, NamesTheVariableThatMayNotStandInItsPlace) {
  EXPECT_EQ(Rendering(Medium::kHtml, "<a href=\"{{link}}\">", With("link", "javascript:alert(1)")),
            "refused: link: is no absolute URL with scheme https, http, mailto or tel");
  EXPECT_EQ(Rendering(Medium::kHtml, "<p style=\"color:{{tint}}\">", With("tint", "red;x:y")),
            "refused: tint: is no colour like #1a73e8");
  EXPECT_EQ(Rendering(Medium::kSubject, "{{name}}", With("name", "a\nBcc: b")),
            "refused: name: has a line break, which cannot enter a subject");
  EXPECT_EQ(Rendering(Medium::kText, "{{name}}",
                      With("name",
                           "\x02"
                           "c\x03")),
            "refused: name: has a control character");
}

TEST(StrictRender, NeverReadsAValueAsATemplate) {
  EXPECT_EQ(Rendering(Medium::kText, "{{name}}", With("name", "{{code}}")), "{{code}}");
}

TEST(StrictRender, LeavesThePlaceOfTheCodeOpen) {
  const std::string html =
      Rendering(Medium::kHtml, "<b>{{code}}</b> {{code | grouped}}", Value::Object({}));
  EXPECT_EQ(html,
            "<b>\x02"
            "c\x03</b> \x02g\x03");
  EXPECT_EQ(FillCode(html, "123456"), "<b>123456</b> 123 456");
}

TEST(StrictRender, AsksForChoices) {
  constexpr char kSource[] =
      "{{#purpose.sign_in}}in{{/purpose.sign_in}}{{#purpose.other}}?{{/purpose.other}}";
  EXPECT_EQ(Rendering(Medium::kText, kSource, With("purpose", "sign_in")), "in");
  EXPECT_EQ(Rendering(Medium::kText, kSource, With("purpose", "sign-in")), "in");
  EXPECT_EQ(Rendering(Medium::kText, kSource, With("purpose", "password_reset")), "");
  EXPECT_EQ(Rendering(Medium::kText, kSource, With("purpose", "launch")), "?");
  EXPECT_EQ(Rendering(Medium::kText, kSource, Value::Object({})), "?");
}

TEST(StrictRender, RepeatsSectionsOfLists) {
  const Value items =
      Value::Object({{"items", Value::List({With("title", "a"), With("title", "b")})}});
  EXPECT_EQ(Rendering(Medium::kText, "{{#items}}[{{title}}]{{/items}}", items), "[a][b]");
}

TEST(Render, StopsBeforeTheOutputIsTooLarge) {
  const Value items =
      Value::Object({{"name", std::string(4096, 'x')},
                     {"items", Value::List(Value::Items(200, With("title", "a")))}});
  EXPECT_EQ(Rendering(Medium::kText, "{{#items}}{{name}}{{/items}}", items),
            "refused: the rendering passes 524288 bytes");
}

TEST(Render, StopsWhenPartialsCallEachOtherForever) {
  const SourceFile self{"self", "x{{> self}}"};
  CompileOptions options;
  options.lenient = true;
  options.partials = [&self](std::string_view) { return &self; };
  const absl::StatusOr<Program> program = Compile(self, options);
  ASSERT_TRUE(program.ok());
  Writer writer{Reader()};
  EXPECT_EQ(Render(*program, {}, writer).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace posthaste::templates
