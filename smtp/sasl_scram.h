// SASL SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): the password stays here, the
// relay proves that it knows it too, and with channel binding (-PLUS) that nobody is in between.
// Pure.
//
// Name and password are prepared first (saslprep.h), so that they give the same proof whatever
// keyboard they come from. Whoever has a password that cannot be prepared must use another
// mechanism: see CanPrepare().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "smtp/stream.h"

namespace posthaste::smtp {

// How the exchange is bound to the TLS session.
struct ScramBinding {
  ChannelBinding channel;         // -PLUS only.
  bool could_have_bound = false;  // Else: we could, and the relay does not offer it ("y", RFC 5802
                                  // 6), so that a stripped offer is found out.
};

class ScramExchange {
 public:
  // What a relay may ask of our CPU: less is too weak (RFC 7677 4), more would hold up the loop.
  static constexpr int kIterationsMin = 4096, kIterationsMax = 100'000;

  // `nonce`: printable, without commas, fresh for every exchange.
  ScramExchange(std::string username, Secret password, std::string nonce, ScramBinding binding);

  absl::StatusOr<std::optional<Secret>> First();

  // The proof, then an empty answer to the relay's signature. INVALID_ARGUMENT: not SCRAM, a
  // foreign nonce, an extension that must be understood, or iterations out of bounds.
  // UNAUTHENTICATED: the signature is wrong: whoever this is does not know the password.
  absl::StatusOr<std::optional<Secret>> Next(std::string_view challenge);

  // After 235. UNAUTHENTICATED if the relay has not proven itself before: a success is worth
  // nothing without.
  absl::Status Finish() const;

 private:
  absl::StatusOr<Secret> Prove(std::string_view server_first);
  absl::Status Verify(std::string_view server_final);

  const std::string username_;
  const Secret password_;
  const std::string nonce_;
  const ScramBinding binding_;
  std::string header_, client_first_bare_;
  std::string server_signature_;  // What the relay must show. Set once the proof is out.
  enum class Step { kFirst, kProof, kVerified, kFailed } step_ = Step::kFirst;
};

// Whether a username or password can be prepared (saslprep.h), and something is left of it.
// Controls are forbidden there (RFC 4013 2.3), and so is what is not UTF-8.
bool CanPrepare(std::string_view text);

// "=" and "," written as RFC 5802 5.1 has it.
std::string SaslName(std::string_view name);

}  // namespace posthaste::smtp
