// Who calls: an API key "Bearer <id>.<secret>" of which only the SHA-256 is configured, or a client
// certificate whose name belongs to a key.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/network.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::api {

using Names = std::set<std::string, std::less<>>;

// What a call shows of its caller.
struct Credentials {
  std::string authorization;              // The value of the request's metadata; "" = none.
  std::vector<std::string> certificates;  // Names of the verified client certificate.
  std::string source;                     // Its IP address in text; "" = unknown.
};

struct Caller {
  std::string tenant;
  std::string key;
  Names scopes;
  // What it may name in requests; empty = anything.
  Names purposes, templates, senders;
  std::string digest;  // Of the secret that it showed; "" = it showed a certificate.
  std::string source;  // As in Credentials.
};

class Authenticator {
 public:
  // REQUIRES: `config` was checked.
  explicit Authenticator(const config::v1::Config& config);

  // A secret goes before a certificate; one of another tenant beside it is refused. Unknown key,
  // wrong secret, expired key and unknown certificate are one answer: UNAUTHENTICATED
  // CREDENTIAL_INVALID, in the same time. PERMISSION_DENIED SOURCE_NETWORK_DENIED: a good key, from
  // elsewhere.
  absl::StatusOr<Caller> Authenticate(const Credentials& credentials, absl::Time now) const;

  // Whether `caller`, authenticated at another time or by another configuration, would be let in
  // now with `scope`. For calls that stay open.
  bool StillLetsIn(const Caller& caller, std::string_view scope, absl::Time now) const;

 private:
  struct Key {
    Caller caller;
    std::vector<std::string> digests;  // 32 bytes each.
    std::vector<IpNetwork> networks;   // Empty = all.
    absl::Time expiry;
    bool by_certificate = false;

    bool IsFrom(std::string_view source) const;
  };
  const Key* FindBySecret(std::string_view token, absl::Time now, std::string& digest) const;
  const Key* FindByCertificate(const std::vector<std::string>& names, absl::Time now) const;

  absl::flat_hash_map<std::string, Key> keys_;
  absl::flat_hash_map<std::string, std::string> key_of_name_;  // Of a certificate.
};

}  // namespace posthaste::api
