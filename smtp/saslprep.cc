#include "smtp/saslprep.h"

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

namespace posthaste::smtp {
namespace {

struct Range {
  ucs4_t first, last;
};

// RFC 3454 C.1.2.
constexpr Range kSpaces[] = {{0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200B},
                             {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
// B.1.
constexpr Range kNothing[] = {{0xAD, 0xAD},     {0x34F, 0x34F},   {0x1806, 0x1806},
                              {0x180B, 0x180D}, {0x200B, 0x200D}, {0x2060, 0x2060},
                              {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};
// C.2.1 to C.9, as RFC 4013 2.3 lists them. The last two code points of each plane (C.4) are told
// by arithmetic.
constexpr Range kProhibited[] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0x340, 0x341},     {0x6DD, 0x6DD},
    {0x70F, 0x70F},     {0x180E, 0x180E},   {0x200C, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x2063},   {0x206A, 0x206F},   {0x2FF0, 0x2FFB},   {0xD800, 0xF8FF},
    {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFD},   {0x1D173, 0x1D17A},
    {0xE0001, 0xE0001}, {0xE0020, 0xE007F}, {0xF0000, 0xFFFFD}, {0x100000, 0x10FFFD}};

template <size_t size>
bool IsIn(const Range (&ranges)[size], ucs4_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

bool Prohibited(ucs4_t c) { return IsIn(kProhibited, c) || (c & 0xFFFE) == 0xFFFE; }

bool RightToLeft(ucs4_t c) {
  const int direction = uc_bidi_class(c);
  return direction == UC_BIDI_R || direction == UC_BIDI_AL;
}

// RFC 3454 6: a text with a character from right to left has none from left to right, and begins
// and ends with one from right to left.
bool OneDirection(const std::vector<ucs4_t>& text) {
  if (std::none_of(text.begin(), text.end(), RightToLeft)) return true;
  const bool mixed =
      std::any_of(text.begin(), text.end(), [](ucs4_t c) { return uc_bidi_class(c) == UC_BIDI_L; });
  return !mixed && RightToLeft(text.front()) && RightToLeft(text.back());
}

struct Freed {
  void operator()(void* memory) const { std::free(memory); }
};

}  // namespace

absl::StatusOr<std::string> SaslPrep(std::string_view text) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  if (u8_check(bytes, text.size()) != nullptr) return absl::InvalidArgumentError("not UTF-8");
  std::vector<ucs4_t> mapped;
  for (size_t at = 0; at < text.size();) {
    ucs4_t c = 0;
    at += static_cast<size_t>(u8_mbtouc(&c, bytes + at, text.size() - at));
    if (IsIn(kSpaces, c)) {
      mapped.push_back(' ');
    } else if (!IsIn(kNothing, c)) {
      mapped.push_back(c);
    }
  }
  size_t size = 0;
  const std::unique_ptr<ucs4_t, Freed> normal(
      u32_normalize(UNINORM_NFKC, mapped.data(), mapped.size(), nullptr, &size));
  if (normal == nullptr || size == 0) return absl::InvalidArgumentError("nothing is left of it");
  const std::vector<ucs4_t> prepared(normal.get(), normal.get() + size);
  if (std::any_of(prepared.begin(), prepared.end(), Prohibited)) {
    return absl::InvalidArgumentError("a character that must not be in it");
  }
  if (!OneDirection(prepared)) return absl::InvalidArgumentError("directions are mixed");
  std::string out;
  for (const ucs4_t c : prepared) {
    uint8_t encoded[6];
    const int length = u8_uctomb(encoded, c, sizeof(encoded));
    if (length < 0) return absl::InvalidArgumentError("not UTF-8");
    out.append(reinterpret_cast<const char*>(encoded), static_cast<size_t>(length));
  }
  return out;
}

}  // namespace posthaste::smtp
