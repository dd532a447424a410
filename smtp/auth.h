// Logging in to a relay (RFC 4954): whether, with which mechanism, and what to say at each step.
// Pure; the session speaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "smtp/capabilities.h"
#include "smtp/stream.h"

namespace posthaste::smtp {

enum class Mechanism : uint8_t {
  kNone,
  kPlain,  // RFC 4616
  kLogin,  // draft-murchison-sasl-login: obsolete, and all that some relays offer.
};

// "PLAIN", "LOGIN", "".
std::string_view MechanismName(Mechanism mechanism);

// PLAIN before LOGIN: one round trip instead of three, and a written standard.
Mechanism ChooseMechanism(const Capabilities& capabilities);

// Whether credentials may go out: over verified TLS, or to a peer on this host if the configuration
// allows that. `peer` is Stream::Peer(): the address that was connected to, not the name that was
// asked for.
bool MaySendCredentials(const TlsFacts& tls, bool auth_without_tls, std::string_view peer);

// One exchange. First() is the AUTH line; each 334 is answered with Next() until it has nothing
// more to say. Lines end in CRLF.
class AuthExchange {
 public:
  AuthExchange(Mechanism mechanism, std::string username, Secret password);

  // INVALID_ARGUMENT if the credentials cannot be sent: NUL in them (RFC 4616 2) or longer than RFC
  // 4954 4 allows.
  absl::StatusOr<Secret> First();
  absl::StatusOr<std::optional<Secret>> Next();

 private:
  Mechanism mechanism_;
  std::string username_;
  Secret password_;
  int step_ = 0;
};

}  // namespace posthaste::smtp
