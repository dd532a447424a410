#include "templates/engine/css.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "templates/engine/escape.h"

namespace posthaste::templates {
namespace {

std::string Trimmed(std::string_view text) {
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  absl::StripAsciiWhitespace(&lower);
  return lower;
}

// "#rrggbb" of "#rgb", white and black; anything else as it is.
std::string Color(const std::string& text) {
  if (text == "white") return "#ffffff";
  if (text == "black") return "#000000";
  if (text.size() != 4 || text[0] != '#') return text;
  std::string wide = "#";
  for (size_t i = 1; i < 4; ++i) wide.append(2, text[i]);
  return IsColor(wide) ? wide : text;
}

// The first word of `value` that ends in px, "34px/44px" included.
std::string Pixels(const std::string& value) {
  const std::vector<std::string> words = absl::StrSplit(value, ' ');
  for (const std::string& word : words) {
    const size_t at = word.find("px");
    if (at != std::string::npos) return word.substr(0, at + 2);
  }
  return "";
}

void AddDeclaration(std::string property, Declaration declaration, Declarations& out) {
  if (property == "background") {
    property = "background-color";
    const size_t blank = declaration.text.find(' ');
    declaration.text.resize(std::min(blank, declaration.text.size()));
    if (declaration.text.find('(') != std::string::npos) return;
  }
  if (property == "font") {
    property = "font-size";
    declaration.text = Pixels(declaration.text);
    if (declaration.text.empty()) return;
  }
  if (property == "color" || property == "background-color") {
    static constexpr std::string_view kHandedDown[] = {"inherit", "transparent", "none",
                                                       "initial", "unset",       "currentcolor"};
    if (std::find(std::begin(kHandedDown), std::end(kHandedDown), declaration.text) !=
        std::end(kHandedDown)) {
      return;
    }
    declaration.text = Color(declaration.text);
  }
  out[property] = std::move(declaration);
}

// Where the block ends that begins after `open`.
size_t BlockEnd(std::string_view sheet, size_t open) {
  int depth = 1;
  for (size_t at = open + 1; at < sheet.size(); ++at) {
    if (sheet[at] == '{') ++depth;
    if (sheet[at] == '}' && --depth == 0) return at;
  }
  return sheet.size();
}

void AddRules(std::string_view sheet, bool dark, Rules& out) {
  while (true) {
    const size_t open = sheet.find('{');
    if (open == std::string_view::npos) return;
    const std::string selector = Trimmed(sheet.substr(0, open));
    const size_t end = BlockEnd(sheet, open);
    const std::string_view body = sheet.substr(open + 1, end - open - 1);
    if (selector.starts_with("@media")) {
      const std::string condition = absl::StrReplaceAll(selector, {{" ", ""}});
      if (condition.find("prefers-color-scheme:dark") != std::string::npos)
        AddRules(body, true, out);
    } else if (selector.starts_with('.') && selector.find_first_of(" :>[+~", 1) > selector.size()) {
      const std::vector<std::string> names = absl::StrSplit(selector, ',');
      for (const std::string& one : names) {
        std::map<std::string, Declarations>& rules = dark ? out.dark : out.light;
        for (auto& [property, declaration] : ReadDeclarations(body))
          rules[Trimmed(one).substr(1)][property] = declaration;
      }
    }
    sheet.remove_prefix(std::min(end + 1, sheet.size()));
  }
}

}  // namespace

Declarations ReadDeclarations(std::string_view style) {
  Declarations declarations;
  const std::vector<std::string> all = absl::StrSplit(std::string(style), ';');
  for (const std::string& one : all) {
    const size_t colon = one.find(':');
    if (colon == std::string::npos) continue;
    Declaration declaration{Trimmed(one.substr(colon + 1)), false};
    if (const size_t mark = declaration.text.find('!'); mark != std::string::npos) {
      declaration.important = declaration.text.find("important", mark) != std::string::npos;
      declaration.text = Trimmed(declaration.text.substr(0, mark));
    }
    AddDeclaration(Trimmed(one.substr(0, colon)), std::move(declaration), declarations);
  }
  return declarations;
}

Rules ReadRules(std::string_view sheet) {
  Rules rules;
  AddRules(sheet, false, rules);
  return rules;
}

}  // namespace posthaste::templates
