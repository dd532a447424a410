// The table behind Judge(): what relays say, and what it means. First match wins.
//
// Order: what single providers mean by their own words and numbers; the IANA registry of enhanced
// status codes (RFC 3463, RFC 5248); words that many servers use; plain codes by phase (RFC 5321
// 4.2.2). Held for every row by a test of its own: the row's example is decided by that row and no
// other (none stands in another's shadow), and a failure of the site or of our configuration never
// bounces mail.
//
// Words are RE2 patterns over the reply's bytes (Latin-1, ASCII letters without case), matched
// between word boundaries: "spam" is not in "spamhaus". Text in other languages or charsets never
// decides.
#pragma once

#include <cstdint>
#include <span>

#include "smtp/outcome.h"

namespace posthaste::smtp::rules {

// Which enhanced codes a row speaks of.
struct Enhanced {
  enum class Kind : uint8_t { kIgnored, kCode };
  Kind kind = Kind::kIgnored;
  uint8_t klass = 0;  // 4, 5, or 0 for both.
  uint16_t subject = 0, detail_min = 0, detail_max = 0;
};

struct Rule {
  const char* name;  // Unique; who says it first, then what.
  uint16_t phases;   // Bits 1 << Phase.
  uint16_t code_min, code_max;
  Enhanced enhanced;
  const char* words;  // RE2; "" = whatever it says.
  Verdict verdict;
  FailureClass failure_class;
  Scope scope;
  const char* example;  // A reply that this row decides, in each of its phases; lines end in \n.
};

// In the order in which they are asked.
std::span<const Rule> Rules();

// Compiles the words, which takes some milliseconds, if that was not done before. Thread-safe.
void Prepare();

constexpr uint16_t Bit(Phase phase) { return static_cast<uint16_t>(1u << static_cast<int>(phase)); }

// The row that speaks of `reply`, or null if it is no refusal (RFC 5321 4.2.1: 4yz and 5yz are).
const Rule* Match(Phase phase, const Reply& reply);

}  // namespace posthaste::smtp::rules
