#include "templates/engine/page.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "templates/engine/css.h"

namespace posthaste::templates {
namespace {

constexpr std::string_view kVoid[] = {"area", "br",   "col",    "hr",    "img",
                                      "link", "meta", "source", "input", "wbr"};

// What an element hands down to what stands in it.
struct Frame {
  std::string tag;
  Text text;
};

std::string Resolved(std::string_view text) {
  return absl::StrReplaceAll(std::string(text), {{"&lt;", "<"},
                                                 {"&gt;", ">"},
                                                 {"&quot;", "\""},
                                                 {"&#39;", "'"},
                                                 {"&nbsp;", "\u00a0"},
                                                 {"&amp;", "&"}});
}

bool IsBlank(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

std::string Lower(std::string_view text) {
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  return lower;
}

// The attributes of `tag`, what stands between its name and '>'.
std::map<std::string, std::string> Attributes(std::string_view tag) {
  std::map<std::string, std::string> attributes;
  size_t at = 0;
  while (at < tag.size()) {
    while (at < tag.size() && (IsBlank(tag[at]) || tag[at] == '/')) ++at;
    const size_t name = at;
    while (at < tag.size() && !IsBlank(tag[at]) && tag[at] != '=') ++at;
    std::string key = Lower(tag.substr(name, at - name));
    std::string_view value;
    if (at < tag.size() && tag[at] == '=') {
      const bool quoted = at + 1 < tag.size() && (tag[at + 1] == '"' || tag[at + 1] == '\'');
      const size_t begin = at + (quoted ? 2 : 1);
      size_t end = quoted ? tag.find(tag[at + 1], begin) : tag.find_first_of(" \t\r\n", begin);
      end = std::min(end, tag.size());
      value = tag.substr(std::min(begin, end), end - std::min(begin, end));
      at = end + (quoted ? 1 : 0);
    }
    if (!key.empty()) attributes.emplace(std::move(key), Resolved(value));
  }
  return attributes;
}

class PageReader {
 public:
  explicit PageReader(std::string_view html) : rest_(html) { stack_.push_back({"", Text()}); }

  Page Run() {
    while (!rest_.empty()) {
      const size_t open = rest_.find('<');
      AddText(rest_.substr(0, open));
      if (open == std::string_view::npos) break;
      rest_.remove_prefix(open);
      ReadTag();
    }
    return std::move(page_);
  }

 private:
  void AddText(std::string_view raw) {
    std::string text = Resolved(raw);
    if (std::all_of(text.begin(), text.end(), IsBlank)) {
      if (!text.empty() && !page_.texts.empty()) page_.texts.back().text += ' ';
      return;
    }
    Text made = stack_.back().text;
    made.text = std::move(text);
    page_.texts.push_back(std::move(made));
  }

  void ReadTag() {
    if (rest_.starts_with("<!--")) return Skip("-->");
    const size_t close = TagEnd();
    const std::string_view inside = rest_.substr(1, close - 1);
    rest_.remove_prefix(std::min(close + 1, rest_.size()));
    if (inside.starts_with('!')) return;
    const size_t name_end = std::min(inside.find_first_of(" \t\r\n/", 1), inside.size());
    const std::string tag = Lower(inside.substr(0, name_end));
    if (tag.starts_with('/')) return Close(tag.substr(1));
    Open(tag, inside.substr(name_end));
  }

  size_t TagEnd() const {
    char quote = 0;
    for (size_t at = 1; at < rest_.size(); ++at) {
      if (quote != 0) {
        if (rest_[at] == quote) quote = 0;
      } else if (rest_[at] == '"' || rest_[at] == '\'') {
        quote = rest_[at];
      } else if (rest_[at] == '>') {
        return at;
      }
    }
    return rest_.size();
  }

  void Skip(std::string_view end) {
    const size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  void Open(const std::string& tag, std::string_view attributes) {
    if (tag == "title") return Skip("</title>");
    if (tag == "style") {
      const size_t end = std::min(rest_.find("</style"), rest_.size());
      page_.style += std::string(rest_.substr(0, end));
      rules_ = ReadRules(page_.style);
      return Skip("</style>");
    }
    page_.elements.push_back({tag, Attributes(attributes)});
    if (std::find(std::begin(kVoid), std::end(kVoid), tag) != std::end(kVoid)) return;
    Frame frame{tag, stack_.back().text};
    const Element& element = page_.elements.back();
    if (tag == "h1") frame.text.pixels = 32;
    if (tag == "a") frame.text.link = static_cast<int>(page_.elements.size()) - 1;
    if (std::string dir = element.Get("dir"); !dir.empty()) frame.text.dir = std::move(dir);
    Dress(element, frame.text);
    stack_.push_back(std::move(frame));
  }

  void Close(const std::string& tag) {
    const auto found = std::find_if(stack_.rbegin(), stack_.rend(),
                                    [&tag](const Frame& frame) { return frame.tag == tag; });
    if (found == stack_.rend()) return;
    stack_.resize(static_cast<size_t>(std::distance(found, stack_.rend())) - 1);
  }

  void Dress(const Element& element, Text& text) const {
    const Declarations inline_style = ReadDeclarations(element.Get("style"));
    Declarations light, dark;
    const std::vector<std::string> classes = absl::StrSplit(element.Get("class"), ' ');
    for (const std::string& name : classes) {
      Cascade(rules_.light, name, light);
      Cascade(rules_.dark, name, dark);
    }
    Override(inline_style, light);
    Declarations in_dark = light;
    for (const auto& [property, value] : dark) {
      if (value.important || !inline_style.contains(property)) in_dark[property] = value;
    }
    Paint(light, text.light);
    Paint(in_dark, text.dark);
    if (light.contains("font-size")) text.pixels = std::atof(light["font-size"].text.c_str());
    if (light.contains("display") && light["display"].text == "none") text.hidden = true;
  }

  static void Cascade(const std::map<std::string, Declarations>& rules, const std::string& name,
                      Declarations& out) {
    const auto found = rules.find(name);
    if (found != rules.end()) Override(found->second, out);
  }

  static void Override(const Declarations& over, Declarations& out) {
    for (const auto& [property, value] : over) out[property] = value;
  }

  static void Paint(const Declarations& declarations, Colors& colors) {
    if (const auto at = declarations.find("color"); at != declarations.end())
      colors.text = at->second.text;
    if (const auto at = declarations.find("background-color"); at != declarations.end())
      colors.background = at->second.text;
  }

  std::string_view rest_;
  Page page_;
  Rules rules_;
  std::vector<Frame> stack_;
};

}  // namespace

std::string Element::Get(const std::string& name) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : found->second;
}

std::string Page::Visible() const {
  std::string all;
  for (const Text& text : texts) {
    if (!text.hidden) all += absl::StrReplaceAll(text.text, {{"\u00a0", " "}});
  }
  absl::RemoveExtraAsciiWhitespace(&all);
  return all;
}

Page ReadPage(std::string_view html) { return PageReader(html).Run(); }

}  // namespace posthaste::templates
