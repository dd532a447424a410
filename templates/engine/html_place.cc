#include "templates/engine/html_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"

namespace posthaste::templates {
namespace {

using State = HtmlPlace::State;
using Attribute = HtmlPlace::Attribute;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

template <size_t N>
bool OneOf(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Attributes whose value is fetched or followed.
constexpr std::array<std::string_view, 18> kUrlAttributes = {
    "href",   "src",      "action",   "formaction", "cite",   "background",
    "poster", "longdesc", "data",     "manifest",   "ping",   "xlink:href",
    "icon",   "usemap",   "codebase", "lowsrc",     "dynsrc", "profile"};
// Attributes that no variable may enter: scripts, documents and lists of URLs.
constexpr std::array<std::string_view, 6> kRefusedAttributes = {
    "srcdoc", "srcset", "content", "http-equiv", "imagesrcset", "archive"};
// Elements whose text is not read as HTML.
constexpr std::array<std::string_view, 6> kRawElements = {"script",  "iframe",   "xmp",
                                                          "noembed", "noframes", "plaintext"};

Attribute KindOf(const std::string& name) {
  if (name == "style") return Attribute::kStyle;
  if (name.starts_with("on") || OneOf(kRefusedAttributes, name)) return Attribute::kRefused;
  return OneOf(kUrlAttributes, name) ? Attribute::kUrl : Attribute::kPlain;
}

char Lower(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

bool InValue(State state) { return state == State::kQuoted || state == State::kUnquoted; }

}  // namespace

absl::Status HtmlPlace::Read(std::string_view text) {
  for (const char c : text) {
    if (absl::Status status = Step(c); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void HtmlPlace::PassVariable() {
  recent_.clear();
  if (InValue(state_)) value_has_variable_ = true;
}

absl::Status HtmlPlace::Step(char c) {
  switch (state_) {
    case State::kText:
      return InText(c);
    case State::kTagName:
      InTagName(c);
      return absl::OkStatus();
    case State::kInTag:
      if (c == '>') {
        EndTag();
      } else if (!IsSpace(c) && c != '/') {
        state_ = State::kAttrName;
        attr_name_ = std::string(1, Lower(c));
      }
      return absl::OkStatus();
    case State::kAttrName:
    case State::kAfterName:
      InAttrName(c);
      return absl::OkStatus();
    case State::kBeforeValue:
      if (IsSpace(c)) return absl::OkStatus();
      BeginValue();
      if (c == '"' || c == '\'') {
        state_ = State::kQuoted;
        quote_ = c;
      } else if (c == '>') {
        EndTag();
      } else {
        state_ = State::kUnquoted;
        value_ += c;
      }
      return absl::OkStatus();
    case State::kQuoted:
      if (c == quote_) return EndValue();
      value_ += c;
      return absl::OkStatus();
    case State::kUnquoted: {
      if (!IsSpace(c) && c != '>') {
        value_ += c;
        return absl::OkStatus();
      }
      absl::Status status = EndValue();
      if (c == '>') EndTag();
      return status;
    }
    default:
      InRawText(c);
      return absl::OkStatus();
  }
}

absl::Status HtmlPlace::InText(char c) {
  if (recent_.empty()) {
    if (c == '<') recent_ = "<";
    return absl::OkStatus();
  }
  recent_.clear();
  if (absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '/') {
    state_ = State::kTagName;
    tag_ = std::string(1, Lower(c));
  } else if (c == '!' || c == '?') {
    state_ = State::kMarkup;
    recent_ = std::string(1, c);
  } else {
    return absl::InvalidArgumentError("'<' that begins no tag: write &lt;");
  }
  return absl::OkStatus();
}

void HtmlPlace::InTagName(char c) {
  if (c == '>') {
    EndTag();
  } else if (IsSpace(c) || (c == '/' && !tag_.empty() && tag_ != "/")) {
    state_ = State::kInTag;
  } else {
    tag_ += Lower(c);
  }
}

void HtmlPlace::EndTag() {
  recent_.clear();
  state_ = State::kText;
  if (tag_ == "style") state_ = State::kStyle;
  if (OneOf(kRawElements, tag_)) state_ = State::kScript;
}

void HtmlPlace::InAttrName(char c) {
  if (c == '=') {
    state_ = State::kBeforeValue;
  } else if (c == '>') {
    EndTag();
  } else if (IsSpace(c)) {
    state_ = State::kAfterName;
  } else if (c == '/') {
    state_ = State::kInTag;
  } else if (state_ == State::kAfterName) {
    state_ = State::kAttrName;
    attr_name_ = std::string(1, Lower(c));
  } else {
    attr_name_ += Lower(c);
  }
}

void HtmlPlace::BeginValue() {
  value_.clear();
  value_has_variable_ = false;
  attribute_ = KindOf(attr_name_);
}

absl::Status HtmlPlace::EndValue() {
  state_ = State::kInTag;
  const bool fixed_url = attribute_ == Attribute::kUrl && !value_has_variable_;
  if (fixed_url && !value_.empty() && value_[0] != '#' && !IsSafeUrl(value_)) {
    return absl::InvalidArgumentError(
        fmt::format("the URL in '{}' must be absolute, with scheme https, http, mailto, tel or cid",
                    attr_name_));
  }
  return absl::OkStatus();
}

// In comments, declarations, CSS and scripts: only their end matters.
void HtmlPlace::InRawText(char c) {
  recent_ += Lower(c);
  if (state_ == State::kMarkup) {
    if (recent_ == "!--") {
      state_ = State::kComment;
      recent_.clear();
    } else if (c == '>') {
      state_ = State::kText;
      recent_.clear();
    }
    return;
  }
  const std::string end = state_ == State::kComment ? "-->" : fmt::format("</{}", tag_);
  if (recent_.size() > end.size()) recent_.erase(0, recent_.size() - end.size());
  if (recent_ != end) return;
  recent_.clear();
  if (state_ == State::kComment) {
    state_ = State::kText;
  } else {
    tag_ = "/" + tag_;
    state_ = State::kTagName;
  }
}

bool operator==(const HtmlPlace& a, const HtmlPlace& b) {
  if (a.state_ != b.state_) return false;
  switch (a.state_) {
    case State::kText:
      return a.recent_ == b.recent_;
    case State::kInTag:
      return a.tag_ == b.tag_;
    case State::kQuoted:
      return a.tag_ == b.tag_ && a.attr_name_ == b.attr_name_ && a.quote_ == b.quote_ &&
             a.value_.empty() == b.value_.empty() && a.value_has_variable_ == b.value_has_variable_;
    case State::kStyle:
    case State::kScript:
      return a.tag_ == b.tag_;
    case State::kComment:
      return true;
    default:
      return a.tag_ == b.tag_ && a.attr_name_ == b.attr_name_ && a.value_ == b.value_ &&
             a.recent_ == b.recent_;
  }
}

std::string HtmlPlace::Describe() const {
  switch (state_) {
    case State::kText:
      return "in text";
    case State::kTagName:
      return "in the name of an element";
    case State::kInTag:
      return fmt::format("among the attributes of <{}>", tag_);
    case State::kAttrName:
    case State::kAfterName:
      return "in the name of an attribute";
    case State::kBeforeValue:
    case State::kUnquoted:
      return fmt::format("in the unquoted attribute '{}'", attr_name_);
    case State::kQuoted:
      return fmt::format("in the attribute '{}'", attr_name_);
    case State::kComment:
      return "in a comment";
    case State::kMarkup:
      return "in a declaration";
    case State::kStyle:
      return "in CSS";
    case State::kScript:
      return fmt::format("in <{}>", tag_);
  }
  return "";
}

bool IsSafeUrl(std::string_view url) {
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos) return false;
  std::string scheme(url.substr(0, colon));
  absl::AsciiStrToLower(&scheme);
  const std::string_view rest = url.substr(colon + 1);
  const bool web = scheme == "https" || scheme == "http";
  if (!web && scheme != "mailto" && scheme != "tel" && scheme != "cid") return false;
  if (web && (!rest.starts_with("//") || rest.size() < 3 || rest[2] == '/')) return false;
  return !rest.empty() && std::none_of(url.begin(), url.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F ||
           std::string_view("\"'<>\\`{}|^").find(c) != std::string_view::npos;
  });
}

}  // namespace posthaste::templates
