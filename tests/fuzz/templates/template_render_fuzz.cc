// Property: whatever a variable holds, the HTML around it keeps its shape, and the subject stays
// one line.
//
// The input's first byte says what the rest is. Even: the value of every variable of a fixed
// template with a tag in each place that takes one; the rendering, if it is not refused, must have
// exactly the markup that it has with harmless values. Odd: a template, which must compile or be
// refused, and whose rendering must hold no `<` that the template does not have.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "templates/engine/compile.h"
#include "templates/engine/html_place.h"
#include "templates/engine/marks.h"
#include "templates/engine/render.h"

namespace posthaste::templates {
namespace {

constexpr std::string_view kPage =
    "<p title=\"{{text}}\" class='{{text}}' style=\"color:{{tint}}\">{{text}}{{code}}"
    "<a href=\"{{link}}?q={{text}}\">{{link}}</a><a href=\"https://x.test/{{text}}\">x</a></p>";

void Require(bool holds) {
  if (!holds) std::abort();
}

const Schema& Declared() {
  static const Schema* const kSchema = [] {
    Variable text;
    text.required = true;
    Variable link = text;
    link.type = Type::kUrl;
    Variable tint = text;
    tint.type = Type::kColor;
    return new Schema{{"text", text}, {"link", link}, {"tint", tint}};
  }();
  return *kSchema;
}

absl::StatusOr<Program> Compiled(std::string_view source, Medium medium) {
  CompileOptions options;
  options.medium = medium;
  options.scopes = {&Declared()};
  options.allow_code = true;
  return Compile({"fuzz", std::string(source)}, options);
}

size_t CountOf(std::string_view text, std::string_view characters) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [characters](char c) {
    return characters.find(c) != std::string_view::npos;
  }));
}

absl::StatusOr<std::string> RenderedBy(const Program& program, const Value& variables) {
  Writer writer{Reader()};
  return Render(program, {&variables}, writer);
}

void TryValues(const std::string& input) {
  static const auto* const kHtml = new auto(Compiled(kPage, Medium::kHtml));
  static const auto* const kSubject = new auto(Compiled("{{text}} {{link}}", Medium::kSubject));
  Require(kHtml->ok() && kSubject->ok());
  const Value harmless =
      Value::Object({{"text", "x"}, {"link", "https://x.test"}, {"tint", "#000000"}});
  static const size_t kMarkup = CountOf(*RenderedBy(**kHtml, harmless), "<>\"'");
  for (const char* name : {"text", "link", "tint"}) {
    Value::Fields fields = *harmless.object();
    fields[name] = input;
    const Value variables = Value::Object(fields);
    if (const auto html = RenderedBy(**kHtml, variables); html.ok()) {
      Require(CountOf(*html, "<>\"'") == kMarkup);
      if (std::string_view(name) == "link") Require(IsSafeUrl(input));
      Require(html->find("href=\"javascript") == std::string::npos &&
              html->find("href=\"data") == std::string::npos);
      Require(CountOf(*html, "\x02\x03") == 2);
      HtmlPlace place;
      Require(place.Read(*html).ok() && place.state() == HtmlPlace::State::kText);
    }
    if (const auto subject = RenderedBy(**kSubject, variables); subject.ok()) {
      Require(CountOf(*subject, std::string_view("\r\n\0\x02\x03", 5)) == 0);
    }
  }
}

void TryTemplate(const std::string& input) {
  const Value evil = Value::Object(
      {{"text", "<'\">&{{x}}"}, {"link", "https://x.test/?a&b"}, {"tint", "#000000"}});
  for (const Medium medium : {Medium::kHtml, Medium::kText, Medium::kSubject}) {
    const absl::StatusOr<Program> program = Compiled(input, medium);
    if (!program.ok()) continue;
    const absl::StatusOr<std::string> text = RenderedBy(*program, evil);
    if (text.ok() && medium == Medium::kHtml) Require(CountOf(*text, "<") <= CountOf(input, "<"));
  }
  CompileOptions lenient;
  lenient.lenient = true;
  if (const auto program = Compile({"fuzz", input}, lenient); program.ok()) {
    (void)RenderedBy(*program, evil);
  }
}

}  // namespace
}  // namespace posthaste::templates

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    posthaste::templates::TryValues(input);
  } else {
    posthaste::templates::TryTemplate(input);
  }
  return 0;
}
