#include "smtp/auth.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/encoding.h"
#include "smtp/command.h"

namespace posthaste::smtp {
namespace {

constexpr std::string_view kNames[] = {
    "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5"};

bool Offers(const Capabilities& capabilities, Mechanism mechanism) {
  const std::vector<std::string>& offered = capabilities.auth;
  return std::find(offered.begin(), offered.end(), MechanismName(mechanism)) != offered.end();
}

bool IsScram(Mechanism mechanism) {
  return mechanism == Mechanism::kScramSha256Plus || mechanism == Mechanism::kScramSha256;
}

bool Fits(Mechanism mechanism, const Login& login) {
  if (NeedsToken(mechanism) != login.has_token) return false;
  if (!IsScram(mechanism)) return true;
  const bool bound = mechanism == Mechanism::kScramSha256Plus;
  if (bound && login.channel.type.empty()) return false;
  return CanPrepare(login.username) && CanPrepare(login.secret.Reveal());
}

// RFC 4954 4: an empty response is a line of its own, an empty initial response "=" (nobody's).
absl::StatusOr<Secret> ResponseLine(const Secret& response) {
  std::string base64 = Base64(response.Reveal());
  std::string line;
  const absl::Status written = AppendAuthResponse(line, base64);
  crypto::Wipe(base64);
  if (!written.ok()) return written;
  return Secret(std::move(line));
}

}  // namespace

std::string_view MechanismName(Mechanism mechanism) {
  return kNames[static_cast<size_t>(mechanism)];
}

std::optional<Mechanism> MechanismByName(std::string_view name) {
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Mechanism>(found - std::begin(kNames));
}

const std::vector<Mechanism>& DefaultMechanisms() {
  static const auto& mechanisms = *new std::vector<Mechanism>{
      Mechanism::kScramSha256Plus, Mechanism::kScramSha256, Mechanism::kOauthBearer,
      Mechanism::kXoauth2,         Mechanism::kPlain,       Mechanism::kLogin};
  return mechanisms;
}

bool NeedsToken(Mechanism mechanism) {
  return mechanism == Mechanism::kOauthBearer || mechanism == Mechanism::kXoauth2;
}

std::vector<Mechanism> UsableMechanisms(const Capabilities& offered,
                                        const std::vector<Mechanism>& allowed, const Login& login) {
  std::vector<Mechanism> usable;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    const auto mechanism = static_cast<Mechanism>(i);
    const bool may = std::find(allowed.begin(), allowed.end(), mechanism) != allowed.end();
    if (may && Offers(offered, mechanism) && Fits(mechanism, login)) usable.push_back(mechanism);
  }
  return usable;
}

bool MaySendCredentials(const TlsFacts& tls, bool auth_without_tls, std::string_view peer) {
  if (!tls.version.empty() && tls.verified) return true;
  const bool loopback = peer.rfind("127.", 0) == 0 || peer.rfind("[::1]", 0) == 0;
  return auth_without_tls && loopback;
}

AuthExchange::Exchange AuthExchange::Make(Mechanism mechanism, const Login& login,
                                          const Capabilities& offered, std::string nonce) {
  switch (mechanism) {
    case Mechanism::kScramSha256Plus:
    case Mechanism::kScramSha256: {
      ScramBinding binding;
      if (mechanism == Mechanism::kScramSha256Plus) {
        binding.channel = login.channel;
      } else {
        binding.could_have_bound =
            !login.channel.type.empty() && !Offers(offered, Mechanism::kScramSha256Plus);
      }
      return Exchange(std::in_place_type<ScramExchange>, login.username, login.secret,
                      std::move(nonce), std::move(binding));
    }
    case Mechanism::kOauthBearer:
    case Mechanism::kXoauth2: {
      const auto form = mechanism == Mechanism::kXoauth2 ? OauthExchange::Form::kXoauth2
                                                         : OauthExchange::Form::kOauthBearer;
      return Exchange(std::in_place_type<OauthExchange>, form, login.username, login.secret,
                      login.host, login.port);
    }
    case Mechanism::kLogin:
      return Exchange(std::in_place_type<LoginExchange>, login.username, login.secret);
    case Mechanism::kCramMd5:
      return Exchange(std::in_place_type<CramExchange>, login.username, login.secret);
    case Mechanism::kPlain:
      break;
  }
  return Exchange(std::in_place_type<PlainExchange>, login.username, login.secret);
}

AuthExchange::AuthExchange(Mechanism mechanism, const Login& login, const Capabilities& offered,
                           std::string nonce)
    : mechanism_(mechanism), exchange_(Make(mechanism, login, offered, std::move(nonce))) {}

absl::StatusOr<Secret> AuthExchange::First() {
  absl::StatusOr<std::optional<Secret>> initial =
      std::visit([](auto& exchange) { return exchange.First(); }, exchange_);
  if (!initial.ok()) return initial.status();
  std::string argument(MechanismName(mechanism_));
  if (initial->has_value()) {
    std::string base64 = Base64((*initial)->Reveal());
    if (sizeof("AUTH \r\n") + argument.size() + base64.size() <= kCommandBytesMax) {
      argument.append(" ").append(base64);
    } else {
      waiting_ = **std::move(initial);
    }
    crypto::Wipe(base64);
  }
  std::string line;
  const absl::Status written = AppendCommand(line, "AUTH", argument);
  crypto::Wipe(argument);
  if (!written.ok()) return written;
  if (waiting_) {
    // Found out before anything is said: it would not fit into a response either.
    const absl::StatusOr<Secret> later = ResponseLine(*waiting_);
    if (!later.ok()) return later.status();
  }
  return Secret(std::move(line));
}

absl::StatusOr<std::optional<Secret>> AuthExchange::Next(std::string_view text) {
  std::optional<Secret> response = std::exchange(waiting_, std::nullopt);
  if (!response) {
    // LOGIN's prompts mean nothing, and some relays do not even encode them.
    const std::optional<std::string> challenge =
        mechanism_ == Mechanism::kLogin ? std::string() : FromBase64(text);
    if (!challenge) return absl::InvalidArgumentError("a challenge that is not base64");
    absl::StatusOr<std::optional<Secret>> next =
        std::visit([&challenge](auto& exchange) { return exchange.Next(*challenge); }, exchange_);
    if (!next.ok()) return next.status();
    response = *std::move(next);
  }
  if (!response) return std::optional<Secret>();
  absl::StatusOr<Secret> line = ResponseLine(*response);
  if (!line.ok()) return line.status();
  return std::optional<Secret>(*std::move(line));
}

absl::Status AuthExchange::Finish() const {
  return std::visit([](const auto& exchange) { return exchange.Finish(); }, exchange_);
}

}  // namespace posthaste::smtp
