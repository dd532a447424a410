// Codes that are derived, not stored: whoever has the key and the verification's facts has the
// code, and there is nothing to steal from the store.
//
//   mac  = HMAC-SHA-256(key of the epoch, fields)
//   code = its bytes in order, those of 250 and more skipped, each modulo 10, the first `length` of
//   them
//
// Fields: "posthaste/code/v1", tenant, purpose, keyed hash of the mailbox, verification id,
// generation (4 big-endian bytes), BindingHash; each after its length as 4 big-endian bytes. A mac
// that runs out of bytes (less than once in 10^30) is followed by HMAC-SHA-256(key, mac).
//
// Vectors, with key = bytes 00 … 1f, tenant "acme", purpose "password_reset", mailbox hash = 32
// bytes 11, verification "v0123456789", the empty binding, length 10:
//   generation 1 → 2432316652      generation 2 → 5065607465
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace posthaste::codes {

inline constexpr int kCodeLengthMin = 4;
inline constexpr int kCodeLengthMax = 10;

// The keys by epoch. New codes use the current one; older ones stay as long as a code may live.
class KeyRing {
 public:
  // INVALID_ARGUMENT if a key has less than 32 bytes or the current epoch has none.
  static absl::StatusOr<KeyRing> Create(std::map<uint32_t, Secret> keys, uint32_t current);

  uint32_t current() const { return current_; }

  // The epoch's key; null if it was retired.
  const Secret* Find(uint32_t epoch) const;

 private:
  KeyRing(std::map<uint32_t, Secret> keys, uint32_t current);

  std::map<uint32_t, Secret> keys_;
  uint32_t current_ = 0;
};

// What a code is derived from, less the generation. Views: the caller keeps the bytes.
struct CodeSubject {
  std::string_view tenant;
  std::string_view purpose;
  std::string_view mailbox_hash;  // Keyed, of the mailbox's `lookup` form.
  std::string_view verification_id;
  std::string_view binding_hash;  // BindingHash.
};

// The code of one generation, `length` ASCII digits.
// REQUIRES: kCodeLengthMin ≤ length ≤ kCodeLengthMax.
Secret DeriveCode(const Secret& key, const CodeSubject& subject, uint32_t generation, int length);

// What is kept of a code that the caller chose: HMAC-SHA-256 over the same fields with
// "posthaste/custom-code/v1" for the first and the code's digits as the last. 32 bytes.
std::string CustomCodeDigest(const Secret& key, const CodeSubject& subject, uint32_t generation,
                             std::string_view digits);

// Appends the digits that `bytes` give until `digits` has `length` of them, or the bytes are used
// up.
void AppendDigits(std::string_view bytes, int length, std::string& digits);

}  // namespace posthaste::codes
