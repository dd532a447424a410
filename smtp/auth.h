// Logging in to a relay (RFC 4954): whether, with which mechanism, and the lines of an exchange.
// Pure; the session speaks. The mechanisms themselves are in sasl_*.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "smtp/capabilities.h"
#include "smtp/sasl_cram.h"
#include "smtp/sasl_oauth.h"
#include "smtp/sasl_plain.h"
#include "smtp/sasl_scram.h"
#include "smtp/stream.h"

namespace posthaste::smtp {

// In order of preference: what keeps the password first, then one round trip before three.
enum class Mechanism : uint8_t {
  kScramSha256Plus,
  kScramSha256,
  kOauthBearer,
  kXoauth2,
  kPlain,
  kLogin,
  kCramMd5,  // Only if an operator asks for it.
};

// "SCRAM-SHA-256-PLUS", …
std::string_view MechanismName(Mechanism mechanism);
std::optional<Mechanism> MechanismByName(std::string_view name);  // Upper case.

// All but CRAM-MD5.
const std::vector<Mechanism>& DefaultMechanisms();

bool NeedsToken(Mechanism mechanism);

// What we have to log in with.
struct Login {
  std::string username;
  Secret secret;  // The password or the bearer token.
  bool has_token = false;
  ChannelBinding channel;  // Empty type = none to be had.
  std::string host;        // The relay, as it was asked for.
  uint16_t port = 0;
};

// Those that the relay offers, we may use and `login` is good for, best first. With a token only
// those for tokens; SCRAM only with what can be prepared for it (CanPrepare).
std::vector<Mechanism> UsableMechanisms(const Capabilities& offered,
                                        const std::vector<Mechanism>& allowed, const Login& login);

// Whether credentials may go out: over verified TLS, or to a peer on this host if the configuration
// allows that. `peer` is Stream::Peer(): the address that was connected to, not the name that was
// asked for.
bool MaySendCredentials(const TlsFacts& tls, bool auth_without_tls, std::string_view peer);

// One exchange. First() is the AUTH line; each 334 is answered with Next() until it has nothing
// more to say; a 2yz is only believed if Finish() agrees. Lines end in CRLF.
class AuthExchange {
 public:
  // `nonce`: see ScramExchange. `offered` tells whether -PLUS was.
  AuthExchange(Mechanism mechanism, const Login& login, const Capabilities& offered,
               std::string nonce);

  // INVALID_ARGUMENT if the credentials cannot be sent by this mechanism, or are longer than RFC
  // 4954 4 allows. An initial response that makes the command longer than 512 bytes waits for its
  // challenge, as the RFC demands.
  absl::StatusOr<Secret> First();

  // `text` is the 334's. INVALID_ARGUMENT: no challenge that the mechanism knows. UNAUTHENTICATED:
  // the relay is not who it should be.
  absl::StatusOr<std::optional<Secret>> Next(std::string_view text);

  absl::Status Finish() const;

 private:
  using Exchange =
      std::variant<ScramExchange, OauthExchange, PlainExchange, LoginExchange, CramExchange>;
  static Exchange Make(Mechanism mechanism, const Login& login, const Capabilities& offered,
                       std::string nonce);

  const Mechanism mechanism_;
  Exchange exchange_;
  std::optional<Secret> waiting_;  // The initial response, if it was too long.
};

}  // namespace posthaste::smtp
