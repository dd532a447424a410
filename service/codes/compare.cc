#include "service/codes/compare.h"

#include <string>
#include <utility>

#include "base/crypto.h"

namespace posthaste::codes {
namespace {

constexpr size_t kInputBytesMax = 128;
constexpr char32_t kBad = 0xFFFFFFFF;

// The next character of `text`, removed from it; kBad for what is not UTF-8. Three bytes at most:
// nothing that we accept has four.
char32_t Next(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  char32_t point = kBad;
  size_t size = 1;
  if (byte(0) < 0x80) {
    point = byte(0);
  } else if ((byte(0) & 0xE0) == 0xC0 && continues(1)) {
    point = static_cast<char32_t>((byte(0) & 0x1F) << 6 | (byte(1) & 0x3F));
    size = 2;
    if (point < 0x80) point = kBad;
  } else if ((byte(0) & 0xF0) == 0xE0 && continues(1) && continues(2)) {
    point =
        static_cast<char32_t>((byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F));
    size = 3;
    if (point < 0x800) point = kBad;
  }
  text.remove_prefix(size);
  return point;
}

// The digit's value, or -1.
int DigitOf(char32_t point) {
  for (const char32_t zero : {U'0', U'\uFF10', U'\u0660', U'\u06F0'}) {
    if (point >= zero && point < zero + 10) return static_cast<int>(point - zero);
  }
  return -1;
}

bool IsDropped(char32_t point) {
  switch (point) {
    case U' ':
    case U'\t':
    case U'\r':
    case U'\n':
    case U'-':
    case U'\u00A0':  // No-break space.
    case U'\u00AD':  // Soft hyphen.
    case U'\u061C':  // Arabic letter mark.
    case U'\u202F':  // Narrow no-break space.
    case U'\u205F':  // Mathematical space.
    case U'\u2060':  // Word joiner.
    case U'\u2212':  // Minus.
    case U'\u3000':  // Ideographic space.
    case U'\uFE58':  // Small em dash.
    case U'\uFE63':  // Small hyphen.
    case U'\uFEFF':  // Zero-width no-break space.
    case U'\uFF0D':  // Full-width hyphen.
      return true;
    default:
      // Spaces, joiners, direction marks and dashes; embeddings and isolates.
      return (point >= U'\u2000' && point <= U'\u2015') ||
             (point >= U'\u202A' && point <= U'\u202E') ||
             (point >= U'\u2066' && point <= U'\u2069');
  }
}

// Whether `digits` is the code of `generation`, whose key is `key`.
bool IsCode(const Secret& key, const CodeSubject& subject, const VerificationState& verification,
            uint32_t generation, std::string_view digits) {
  const std::string& custom = verification.generations[generation - 1].custom_digest;
  if (!custom.empty()) {
    return crypto::EqualConstantTime(CustomCodeDigest(key, subject, generation, digits), custom);
  }
  const Secret code = DeriveCode(key, subject, generation, verification.code_length);
  return crypto::EqualConstantTime(code.Reveal(), digits);
}

}  // namespace

std::optional<Secret> NormaliseCode(std::string_view input) {
  if (input.size() > kInputBytesMax) return std::nullopt;
  std::string digits;
  while (!input.empty()) {
    const char32_t point = Next(input);
    const int digit = DigitOf(point);
    if (digit >= 0) {
      digits += static_cast<char>('0' + digit);
    } else if (!IsDropped(point)) {
      crypto::Wipe(digits);
      return std::nullopt;
    }
  }
  if (digits.empty()) return std::nullopt;
  return Secret(std::move(digits));
}

absl::StatusOr<CodeVerdict> JudgeCode(const KeyRing& keys, const CodeSubject& subject,
                                      const VerificationState& verification, std::string_view input,
                                      absl::Time now) {
  const std::optional<Secret> digits = NormaliseCode(input);
  // What is no code at all is compared like one, so that it takes as long.
  const std::string_view given = digits ? digits->Reveal() : std::string_view();
  CodeVerdict matched;
  CodeVerdict stale;
  std::optional<uint32_t> retired;
  for (uint32_t generation = 1; generation <= verification.current_generation(); ++generation) {
    const bool live = verification.IsLive(generation, now);
    const uint32_t epoch = verification.generations[generation - 1].epoch;
    const Secret* key = keys.Find(epoch);
    if (key == nullptr) {
      if (live) retired = epoch;
      continue;
    }
    if (!IsCode(*key, subject, verification, generation, given)) continue;
    if (live) {
      matched = {CodeVerdict::Kind::kMatched, generation};
    } else {
      stale = {CodeVerdict::Kind::kStale, generation};
    }
  }
  if (matched.kind == CodeVerdict::Kind::kMatched) return matched;
  if (retired) {
    return absl::FailedPreconditionError("no code key for epoch " + std::to_string(*retired));
  }
  return stale;
}

}  // namespace posthaste::codes
