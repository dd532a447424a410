#include "smtp/encoded_word.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "smtp/transfer_encoding.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kWordMax = 75;
constexpr size_t kLineMax = 76;  // RFC 2047 2: of a line that has an encoded word.
constexpr std::string_view kOpenQ = "=?UTF-8?Q?";
constexpr std::string_view kOpenB = "=?UTF-8?B?";
constexpr std::string_view kClose = "?=";
constexpr size_t kFrame = kOpenQ.size() + kClose.size();
constexpr std::string_view kHex = "0123456789ABCDEF";

// RFC 2047 5.3: what Q may leave as it is even in a phrase.
constexpr std::array<bool, 256> kQSafe = [] {
  std::array<bool, 256> safe{};
  for (size_t c = 'a'; c <= 'z'; ++c) safe[c] = safe[c - 'a' + 'A'] = true;
  for (size_t c = '0'; c <= '9'; ++c) safe[c] = true;
  for (const char c : {'!', '*', '+', '-', '/', ' '}) safe[static_cast<uint8_t>(c)] = true;
  return safe;
}();

size_t QCost(char c) { return kQSafe[static_cast<uint8_t>(c)] ? 1 : 3; }
size_t QCost(std::string_view text) {
  size_t cost = 0;
  for (const char c : text) cost += QCost(c);
  return cost;
}
size_t BCost(size_t bytes) { return (bytes + 2) / 3 * 4; }

bool ContinuesCharacter(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// The longest prefix of `text`, in whole characters, that costs at most `room`.
size_t PrefixThatFits(std::string_view text, size_t room, bool use_q) {
  size_t fits = 0;
  size_t q_cost = 0;
  for (size_t end = 0; end < text.size();) {
    do q_cost += QCost(text[end++]);
    while (end < text.size() && ContinuesCharacter(text[end]));
    if ((use_q ? q_cost : BCost(end)) > room) break;
    fits = end;
  }
  return fits;
}

void AppendQ(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == ' ') {
      out += '_';
    } else if (kQSafe[byte]) {
      out += c;
    } else {
      const char escaped[] = {'=', kHex[byte >> 4], kHex[byte & 15]};
      out.append(escaped, sizeof(escaped));
    }
  }
}

}  // namespace

size_t AppendEncodedWords(std::string& out, size_t column, std::string_view text) {
  const bool use_q = QCost(text) <= BCost(text.size());
  while (!text.empty()) {
    const size_t room = std::min(kLineMax - std::min(column, kLineMax), kWordMax);
    const size_t size = room <= kFrame ? 0 : PrefixThatFits(text, room - kFrame, use_q);
    if (size == 0) {
      out += "\r\n ";
      column = 1;
      continue;
    }
    const size_t begin = out.size();
    out += use_q ? kOpenQ : kOpenB;
    if (use_q) {
      AppendQ(out, text.substr(0, size));
    } else {
      AppendBase64(out, text.substr(0, size));
    }
    out += kClose;
    column += out.size() - begin;
    text.remove_prefix(size);
    if (!text.empty()) {
      out += "\r\n ";
      column = 1;
    }
  }
  return column;
}

bool LooksEncoded(std::string_view text) { return text.find("=?") != std::string_view::npos; }

}  // namespace posthaste::smtp
