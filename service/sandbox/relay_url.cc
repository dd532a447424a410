#include "service/sandbox/relay_url.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"

namespace posthaste::sandbox {
namespace {

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "--relay: ", std::string(what), " (smtps://USER@HOST:465 or smtp://USER@HOST:587)"));
}

// RFC 3986 2.1.
std::optional<std::string> Unescaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::optional<std::string> byte = FromHex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

}  // namespace

absl::StatusOr<RelayUrl> ParseRelayUrl(std::string_view url) {
  std::string rest(url);
  RelayUrl relay;
  if (absl::StartsWith(rest, "smtps://")) {
    relay.implicit_tls = true;
    rest.erase(0, 8);
  } else if (absl::StartsWith(rest, "smtp://")) {
    rest.erase(0, 7);
  } else {
    return Wrong("neither smtps:// nor smtp://");
  }
  if (!rest.empty() && rest.back() == '/') rest.pop_back();
  const size_t at = rest.rfind('@');
  if (at != std::string::npos) {
    const std::string user = rest.substr(0, at);
    if (absl::StrContains(user, ":")) return Wrong("the password belongs in --password-file");
    const std::optional<std::string> username = Unescaped(user);
    if (!username || username->empty() || HasControl(*username))
      return Wrong("no user name before the @");
    relay.username = *username;
    rest.erase(0, at + 1);
  }
  const bool literal = absl::StartsWith(rest, "[");
  const size_t colon = literal ? rest.find(':', rest.find(']')) : rest.find(':');
  relay.host = rest.substr(0, colon);
  int port = relay.implicit_tls ? 465 : 587;
  if (colon != std::string::npos &&
      (!absl::SimpleAtoi(rest.substr(colon + 1), &port) || port < 1 || port > 65535)) {
    return Wrong("the port is not from 1 to 65535");
  }
  relay.port = static_cast<uint16_t>(port);
  if (literal) relay.host = relay.host.substr(1, relay.host.size() - 2);
  const bool good = !relay.host.empty() && relay.host.find_first_of("/?# ") == std::string::npos &&
                    !HasControl(relay.host);
  if (!good) return Wrong("no host");
  return relay;
}

}  // namespace posthaste::sandbox
