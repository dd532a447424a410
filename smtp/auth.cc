#include "smtp/auth.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "smtp/command.h"

namespace posthaste::smtp {
namespace {

bool Offers(const Capabilities& capabilities, std::string_view mechanism) {
  const std::vector<std::string>& offered = capabilities.auth;
  return std::find(offered.begin(), offered.end(), mechanism) != offered.end();
}

// The whole line: the AUTH command with `initial`, or a response when `mechanism` is kNone.
absl::StatusOr<Secret> Line(Mechanism mechanism, std::string_view initial) {
  std::string line;
  absl::Status written;
  if (mechanism == Mechanism::kNone) {
    written = AppendAuthResponse(line, initial);
  } else {
    std::string argument(MechanismName(mechanism));
    if (!initial.empty()) argument.append(" ").append(initial);
    written = AppendCommand(line, "AUTH", argument, kAuthBytesMax);
    crypto::Wipe(argument);
  }
  if (!written.ok()) return written;
  return Secret(std::move(line));
}

}  // namespace

std::string_view MechanismName(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::kPlain:
      return "PLAIN";
    case Mechanism::kLogin:
      return "LOGIN";
    case Mechanism::kNone:
      break;
  }
  return "";
}

Mechanism ChooseMechanism(const Capabilities& capabilities) {
  if (Offers(capabilities, "PLAIN")) return Mechanism::kPlain;
  if (Offers(capabilities, "LOGIN")) return Mechanism::kLogin;
  return Mechanism::kNone;
}

bool MaySendCredentials(const TlsFacts& tls, bool auth_without_tls, std::string_view peer) {
  if (!tls.version.empty() && tls.verified) return true;
  const bool loopback = peer.rfind("127.", 0) == 0 || peer.rfind("[::1]", 0) == 0;
  return auth_without_tls && loopback;
}

AuthExchange::AuthExchange(Mechanism mechanism, std::string username, Secret password)
    : mechanism_(mechanism), username_(std::move(username)), password_(std::move(password)) {}

absl::StatusOr<Secret> AuthExchange::First() {
  if (mechanism_ == Mechanism::kLogin) return Line(mechanism_, "");
  const bool has_nul = username_.find('\0') != std::string::npos ||
                       password_.Reveal().find('\0') != std::string_view::npos;
  if (has_nul) return absl::InvalidArgumentError("credentials with a NUL byte");
  // RFC 4616 2: authorization identity (none: our own), NUL, username, NUL, password.
  std::string plain = std::string(1, '\0') + username_ + std::string(1, '\0');
  plain += password_.Reveal();
  std::string initial = Base64(plain);
  crypto::Wipe(plain);
  absl::StatusOr<Secret> line = Line(mechanism_, initial);
  crypto::Wipe(initial);
  return line;
}

absl::StatusOr<std::optional<Secret>> AuthExchange::Next() {
  std::optional<Secret> nothing;
  if (mechanism_ != Mechanism::kLogin || step_ == 2) return nothing;
  std::string response = Base64(step_ == 0 ? std::string_view(username_) : password_.Reveal());
  ++step_;
  absl::StatusOr<Secret> line = Line(Mechanism::kNone, response);
  crypto::Wipe(response);
  if (!line.ok()) return line.status();
  return std::optional<Secret>(*std::move(line));
}

}  // namespace posthaste::smtp
