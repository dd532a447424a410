// Keys that sign. Implemented in crypto.cc, the one file that knows OpenSSL; a header of its own
// because nearly everything includes crypto.h and hardly anything signs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace posthaste::crypto {

// A private key: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2), or Ed25519 (RFC 8032). Both are
// deterministic: the same bytes give the same signature. Copies share one key, which is wiped with
// the last of them; threads may sign with it at once.
class SigningKey {
 public:
  enum class Kind { kRsa, kEd25519 };
  static constexpr int kRsaBitsMin = 2048;  // RFC 8301 3.2: less should not be used …
  static constexpr int kRsaBitsMax = 4096;  // … and who verifies need not know more.

  // A private key in PEM, without a passphrase. INVALID_ARGUMENT says what is wrong with it and
  // shows no byte of it.
  static absl::StatusOr<SigningKey> FromPem(std::string_view pem);
  // A new one. `rsa_bits` is for RSA only. REQUIRES: within the limits above.
  static SigningKey Generate(Kind kind, int rsa_bits = kRsaBitsMin);

  Kind kind() const;
  std::string Sign(std::string_view data) const;
  std::string PublicKey() const;  // RSA: SubjectPublicKeyInfo (DER). Ed25519: the 32 bytes.
  std::string ToPem() const;      // PKCS #8. The caller wipes it.

 private:
  explicit SigningKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // An EVP_PKEY; its name stays in crypto.cc.
};

}  // namespace posthaste::crypto
