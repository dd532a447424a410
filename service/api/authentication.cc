#include "service/api/authentication.h"

#include "absl/strings/match.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "service/api/refusal.h"

namespace posthaste::api {
namespace {

constexpr std::string_view kScheme = "Bearer ";

bool StartsWithScheme(std::string_view authorization) {
  return authorization.size() > kScheme.size() &&
         absl::EqualsIgnoreCase(std::string(authorization.substr(0, kScheme.size())),
                                std::string(kScheme));
}

}  // namespace

Authenticator::Authenticator(const config::v1::Config& config) {
  for (const config::v1::Tenant& tenant : config.tenants()) {
    for (const config::v1::ApiKey& configured : tenant.keys()) {
      Key key;
      key.caller.tenant = tenant.id();
      key.caller.key = configured.id();
      key.caller.scopes.insert(configured.scopes().begin(), configured.scopes().end());
      for (const std::string& digest : configured.secret_sha256())
        key.digests.push_back(*FromHex(digest));
      key.expiry = absl::InfiniteFuture();
      std::string error;
      if (!configured.expire_time().empty()) {
        absl::ParseTime(absl::RFC3339_full, configured.expire_time(), &key.expiry, &error);
      }
      keys_.emplace(configured.id(), std::move(key));
    }
  }
}

absl::StatusOr<Caller> Authenticator::Authenticate(std::string_view authorization,
                                                   absl::Time now) const {
  if (!StartsWithScheme(authorization)) {
    return Unauthenticated("send metadata \"authorization: Bearer <key id>.<secret>\"");
  }
  const std::string_view token = authorization.substr(kScheme.size());
  const size_t dot = token.find('.');
  const std::string id(token.substr(0, dot));
  const std::string digest =
      crypto::Sha256(dot == std::string_view::npos ? std::string_view() : token.substr(dot + 1));
  const auto found = keys_.find(id);
  bool known = false;
  if (found != keys_.end()) {
    for (const std::string& good : found->second.digests)
      known |= crypto::EqualConstantTime(good, digest);
    known = known && now < found->second.expiry;
  }
  if (!known) return Unauthenticated("unknown key, wrong secret, or expired");
  return found->second.caller;
}

}  // namespace posthaste::api
