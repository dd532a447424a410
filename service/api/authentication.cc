#include "service/api/authentication.h"

#include <optional>
#include <utility>

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

absl::Status Unknown() { return Unauthenticated("unknown key, wrong secret, or expired"); }

absl::Time ExpiryOf(const config::v1::ApiKey& key) {
  absl::Time expiry = absl::InfiniteFuture();
  std::string error;
  if (!key.expire_time().empty())
    absl::ParseTime(absl::RFC3339_full, key.expire_time(), &expiry, &error);
  return expiry;
}

Caller CallerOf(const config::v1::Tenant& tenant, const config::v1::ApiKey& key) {
  Caller caller;
  caller.tenant = tenant.id();
  caller.key = key.id();
  caller.scopes.insert(key.scopes().begin(), key.scopes().end());
  caller.purposes.insert(key.purposes().begin(), key.purposes().end());
  caller.templates.insert(key.templates().begin(), key.templates().end());
  caller.senders.insert(key.senders().begin(), key.senders().end());
  return caller;
}

}  // namespace

bool Authenticator::Key::IsFrom(std::string_view source) const {
  if (networks.empty()) return true;
  const std::optional<std::string> address = ParseIpAddress(source);
  if (!address) return false;
  for (const IpNetwork& network : networks) {
    if (Contains(network, *address)) return true;
  }
  return false;
}

Authenticator::Authenticator(const config::v1::Config& config) {
  for (const config::v1::Tenant& tenant : config.tenants()) {
    for (const config::v1::ApiKey& configured : tenant.keys()) {
      Key key;
      key.caller = CallerOf(tenant, configured);
      for (const std::string& digest : configured.secret_sha256())
        key.digests.push_back(*FromHex(digest));
      for (const std::string& network : configured.source_networks())
        key.networks.push_back(*ParseIpNetwork(network));
      key.expiry = ExpiryOf(configured);
      key.by_certificate = !configured.certificate_names().empty();
      for (const std::string& name : configured.certificate_names())
        key_of_name_.emplace(name, configured.id());
      keys_.emplace(configured.id(), std::move(key));
    }
  }
}

const Authenticator::Key* Authenticator::FindBySecret(std::string_view token, absl::Time now,
                                                      std::string& digest) const {
  const size_t dot = token.find('.');
  const std::string id(token.substr(0, dot));
  digest =
      crypto::Sha256(dot == std::string_view::npos ? std::string_view() : token.substr(dot + 1));
  const auto found = keys_.find(id);
  if (found == keys_.end()) return nullptr;
  bool known = false;
  for (const std::string& good : found->second.digests)
    known |= crypto::EqualConstantTime(good, digest);
  return known && now < found->second.expiry ? &found->second : nullptr;
}

const Authenticator::Key* Authenticator::FindByCertificate(const std::vector<std::string>& names,
                                                           absl::Time now) const {
  for (const std::string& name : names) {
    const auto id = key_of_name_.find(name);
    if (id == key_of_name_.end()) continue;
    const Key& key = keys_.at(id->second);
    if (now < key.expiry) return &key;
  }
  return nullptr;
}

absl::StatusOr<Caller> Authenticator::Authenticate(const Credentials& credentials,
                                                   absl::Time now) const {
  const Key* certified = FindByCertificate(credentials.certificates, now);
  const Key* key = certified;
  std::string digest;
  if (!credentials.authorization.empty() || certified == nullptr) {
    const std::string_view authorization = credentials.authorization;
    if (!StartsWithScheme(authorization))
      return Unauthenticated("send metadata \"authorization: Bearer <key id>.<secret>\"");
    key = FindBySecret(authorization.substr(kScheme.size()), now, digest);
    if (key == nullptr) return Unknown();
    if (certified != nullptr && certified->caller.tenant != key->caller.tenant) return Unknown();
  }
  if (!key->IsFrom(credentials.source))
    return Denied("SOURCE_NETWORK_DENIED", "this key is not for calls from this network");
  Caller caller = key->caller;
  caller.digest = std::move(digest);
  caller.source = credentials.source;
  return caller;
}

bool Authenticator::StillLetsIn(const Caller& caller, std::string_view scope,
                                absl::Time now) const {
  const auto found = keys_.find(caller.key);
  if (found == keys_.end()) return false;
  const Key& key = found->second;
  if (key.caller.tenant != caller.tenant || now >= key.expiry || !key.IsFrom(caller.source) ||
      !key.caller.scopes.contains(scope))
    return false;
  if (caller.digest.empty()) return key.by_certificate;
  for (const std::string& good : key.digests) {
    if (good == caller.digest) return true;
  }
  return false;
}

}  // namespace posthaste::api
