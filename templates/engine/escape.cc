#include "templates/engine/escape.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/encoding.h"
#include "templates/engine/html_place.h"

namespace posthaste::templates {

void AppendHtml(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void AppendUrlPart(std::string_view text, std::string& out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || std::string_view("-._~@").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

bool IsColor(std::string_view text) {
  return text.size() == 7 && text[0] == '#' &&
         std::all_of(text.begin() + 1, text.end(),
                     [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
}

bool HasBadControl(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

bool BreaksLine(std::string_view text) {
  return HasBadControl(text) || text.find('\n') != std::string_view::npos ||
         text.find("\xE2\x80\xA8") != std::string_view::npos ||
         text.find("\xE2\x80\xA9") != std::string_view::npos;
}

absl::Status AppendEscaped(Slot slot, std::string_view text, std::string& out) {
  if (!IsUtf8(text)) return absl::InvalidArgumentError("is not UTF-8");
  if (HasBadControl(text)) return absl::InvalidArgumentError("has a control character");
  switch (slot) {
    case Slot::kPlain:
      out += text;
      break;
    case Slot::kSubject:
      if (BreaksLine(text))
        return absl::InvalidArgumentError("has a line break, which cannot enter a subject");
      out += text;
      break;
    case Slot::kHtml:
      AppendHtml(text, out);
      break;
    case Slot::kUrl:
      if (!IsSafeUrl(text)) {
        return absl::InvalidArgumentError(
            "is no absolute URL with scheme https, http, mailto or tel");
      }
      AppendHtml(text, out);
      break;
    case Slot::kUrlPart:
      if (BreaksLine(text))
        return absl::InvalidArgumentError("has a line break, which cannot enter a URL");
      AppendUrlPart(text, out);
      break;
    case Slot::kColor:
      if (!IsColor(text)) return absl::InvalidArgumentError("is no colour like #1a73e8");
      out += text;
      break;
  }
  return absl::OkStatus();
}

}  // namespace posthaste::templates
