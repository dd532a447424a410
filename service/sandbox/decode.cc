#include "service/sandbox/decode.h"

#include <optional>

#include "absl/strings/match.h"

namespace posthaste::sandbox {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// RFC 2047 4.2: as quoted-printable, but "_" is a space.
std::string DecodeQ(std::string_view text) {
  std::string spaced(text);
  for (char& c : spaced) {
    if (c == '_') c = ' ';
  }
  return DecodeQuotedPrintable(spaced);
}

struct Word {
  std::string text;
  size_t end = 0;
};

// The encoded word that begins at `at`.
std::optional<Word> WordAt(std::string_view value, size_t at) {
  if (value.substr(at, 2) != "=?") return std::nullopt;
  const size_t first = value.find('?', at + 2);
  if (first == std::string_view::npos || first + 2 >= value.size()) return std::nullopt;
  if (value[first + 2] != '?') return std::nullopt;
  const size_t end = value.find("?=", first + 3);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view charset = value.substr(at + 2, first - at - 2);
  const std::string_view text = value.substr(first + 3, end - first - 3);
  const char encoding = value[first + 1];
  Word word;
  word.end = end + 2;
  if (encoding == 'B' || encoding == 'b') {
    word.text = ToUtf8(DecodeBase64Text(text), charset);
  } else if (encoding == 'Q' || encoding == 'q') {
    word.text = ToUtf8(DecodeQ(text), charset);
  } else {
    return std::nullopt;
  }
  return word;
}

}  // namespace

std::string DecodeQuotedPrintable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else if (text.substr(i + 1, 1) == "\n") {
      i += 1;
    } else if (i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string DecodeBase64Text(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int digit = Base64Digit(c);
    if (digit < 0) continue;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xff);
    }
  }
  return out;
}

std::string DecodeWords(std::string_view value) {
  std::string out;
  std::string blanks;  // After a word: shown only if no other word follows.
  bool after_word = false;
  for (size_t i = 0; i < value.size();) {
    if (const std::optional<Word> word = WordAt(value, i)) {
      out += word->text;
      blanks.clear();
      after_word = true;
      i = word->end;
      continue;
    }
    if (after_word && (value[i] == ' ' || value[i] == '\t')) {
      blanks += value[i];
    } else {
      out += blanks;
      blanks.clear();
      after_word = false;
      out += value[i];
    }
    ++i;
  }
  return out;
}

std::string ToUtf8(std::string text, std::string_view charset) {
  const std::string name(charset);
  if (!absl::EqualsIgnoreCase(name, "iso-8859-1")) return text;
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

}  // namespace posthaste::sandbox
