#include "base/encoding.h"

#include <unistr.h>

#include <array>
#include <cstdint>

namespace posthaste {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr int8_t kNone = -1;
using Reverse = std::array<int8_t, 256>;

constexpr Reverse Reversed(std::string_view alphabet) {
  Reverse reverse{};
  for (auto& value : reverse) value = kNone;
  for (size_t i = 0; i < alphabet.size(); ++i) {
    reverse[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return reverse;
}

constexpr Reverse kFromBase64 = Reversed(kBase64);
constexpr Reverse kFromBase64Url = Reversed(kBase64Url);
constexpr Reverse kFromHex = [] {
  Reverse reverse = Reversed(kHex);
  for (int i = 10; i < 16; ++i) reverse[static_cast<size_t>('A' + i - 10)] = static_cast<int8_t>(i);
  return reverse;
}();

// The bytes in groups of `width` bits, most significant first, the last one filled with zeros.
std::string Encode(std::string_view bytes, std::string_view alphabet, int width) {
  std::string text;
  text.reserve(bytes.size() * 8 / static_cast<size_t>(width) + 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
    count += 8;
    while (count >= width) {
      count -= width;
      text.push_back(alphabet[bits >> count & ((1U << width) - 1)]);
    }
    bits &= (1U << count) - 1;
  }
  if (count > 0) text.push_back(alphabet[bits << (width - count) & ((1U << width) - 1)]);
  return text;
}

// The inverse; bits left over must be fewer than a group and zero, so that each value has one text
// only.
std::optional<std::string> Decode(std::string_view text, const Reverse& reverse, int width) {
  std::string bytes;
  bytes.reserve(text.size() * static_cast<size_t>(width) / 8);
  uint32_t bits = 0;
  int count = 0;
  for (const char character : text) {
    const int8_t value = reverse[static_cast<uint8_t>(character)];
    if (value == kNone) return std::nullopt;
    bits = bits << width | static_cast<uint32_t>(value);
    count += width;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count));
      bits &= (1U << count) - 1;
    }
  }
  if (count >= width || bits != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string text = Encode(bytes, kBase64, 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return Decode(text, kFromBase64, 6);
}

std::string Base64Url(std::string_view bytes) { return Encode(bytes, kBase64Url, 6); }

std::optional<std::string> FromBase64Url(std::string_view text) {
  return Decode(text, kFromBase64Url, 6);
}

std::string Hex(std::string_view bytes) { return Encode(bytes, kHex, 4); }

std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  return Decode(text, kFromHex, 4);
}

std::string Base32(std::string_view bytes, size_t characters) {
  return Encode(bytes, kCrockford, 5).substr(0, characters);
}

bool IsUtf8(std::string_view text) {
  return u8_check(reinterpret_cast<const uint8_t*>(text.data()), text.size()) == nullptr;
}

bool HasControl(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0)
      return true;
  }
  return false;
}

}  // namespace posthaste
