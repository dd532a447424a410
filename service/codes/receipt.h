// Receipts: a match that another service can check for itself, without asking us and without a
// secret. A compact JWS (RFC 7515) signed with Ed25519 (RFC 8037).
//
// Nothing in it is secret, and nothing in it is an address: the subject is the caller's own word
// for the person, or a keyed hash. Whoever takes one has to check the audience and the purpose, and
// to remember the jti until exp, because a receipt says that somebody was right once, not who holds
// it. Verifying is deliberately missing: services that take receipts do it with a library of
// theirs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/signing_key.h"

namespace posthaste::codes {

inline constexpr absl::Duration kReceiptLifeMin = absl::Minutes(1),
                                kReceiptLifeMax = absl::Minutes(30);

struct Receipt {
  std::string issuer;        // iss
  std::string audience;      // aud: the tenant.
  std::string subject;       // sub
  std::string purpose;       // purpose
  std::string binding_hash;  // binding: BindingHash, in base64url.
  std::string id;            // jti: the verification's.
  absl::Time issue_time;     // iat, in seconds: when the code was right.
  absl::Time expire_time;    // exp, in seconds.
};

class ReceiptKeys {
 public:
  struct Key {
    std::string id;  // kid
    crypto::SigningKey key;
  };
  struct PublicKey {
    std::string id;
    std::string bytes;  // 32
  };

  ReceiptKeys() = default;  // None: nothing is signed.

  // The last signs. INVALID_ARGUMENT: one is not Ed25519, has no id, or an id is there twice.
  static absl::StatusOr<ReceiptKeys> Create(std::vector<Key> keys);

  bool empty() const { return keys_.empty(); }

  // The same receipt has the same signature. REQUIRES: not empty.
  std::string Sign(const Receipt& receipt) const;

  // In the order of Create.
  const std::vector<PublicKey>& public_keys() const { return public_keys_; }

 private:
  std::vector<Key> keys_;
  std::vector<PublicKey> public_keys_;
};

// A JWK Set (RFC 7517) of them, for whoever verifies.
std::string JwkSet(const ReceiptKeys& keys);

}  // namespace posthaste::codes
