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

// What one word holds of a text.
struct Piece {
  size_t size = 0;
  bool q = true;
};

// The longest prefixes of `text`, in whole characters, that cost at most `room`.
Piece QPiece(std::string_view text, size_t room) {
  Piece piece;
  size_t cost = 0;
  for (size_t end = 0; end < text.size();) {
    do cost += QCost(text[end++]);
    while (end < text.size() && ContinuesCharacter(text[end]));
    if (cost > room) break;
    piece.size = end;
  }
  return piece;
}

// Only the last word of a run may end in padding: GMime, and what is built on it, reads the base64
// of words that follow each other as one, which ends at the first "=".
Piece BPiece(std::string_view text, size_t room) {
  Piece piece{0, false};
  for (size_t end = 0; end < text.size();) {
    do ++end;
    while (end < text.size() && ContinuesCharacter(text[end]));
    if (BCost(end) > room) break;
    if (end % 3 == 0 || end == text.size()) piece.size = end;
  }
  return piece;
}

// The next word's. Size 0: nothing fits, or what does is better on a line of its own.
Piece Next(std::string_view text, size_t room, bool use_q) {
  if (use_q) return QPiece(text, room);
  const Piece piece = BPiece(text, room);
  // No end of a character falls on a multiple of three.
  return piece.size == 0 && room >= kWordMax / 2 ? QPiece(text, room) : piece;
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
    const Piece piece = room <= kFrame ? Piece() : Next(text, room - kFrame, use_q);
    const std::string_view word = text.substr(0, piece.size);
    if (word.empty()) {
      out += "\r\n ";
      column = 1;
      continue;
    }
    const size_t begin = out.size();
    out += piece.q ? kOpenQ : kOpenB;
    if (piece.q) {
      AppendQ(out, word);
    } else {
      AppendBase64(out, word);
    }
    out += kClose;
    column += out.size() - begin;
    text.remove_prefix(piece.size);
    if (!text.empty()) {
      out += "\r\n ";
      column = 1;
    }
  }
  return column;
}

bool LooksEncoded(std::string_view text) { return text.find("=?") != std::string_view::npos; }

}  // namespace posthaste::smtp
