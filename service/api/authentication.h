// Who calls: an API key "Bearer <id>.<secret>" of which only the SHA-256 is configured.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::api {

struct Caller {
  std::string tenant;
  std::string key;
  std::set<std::string, std::less<>> scopes;
};

class Authenticator {
 public:
  explicit Authenticator(const config::v1::Config& config);

  // `authorization` is the value of the request's metadata. Unknown key, wrong secret and expired
  // key are one answer: UNAUTHENTICATED CREDENTIAL_INVALID, in the same time.
  absl::StatusOr<Caller> Authenticate(std::string_view authorization, absl::Time now) const;

 private:
  struct Key {
    Caller caller;
    std::vector<std::string> digests;  // 32 bytes each.
    absl::Time expiry;
  };
  absl::flat_hash_map<std::string, Key> keys_;
};

}  // namespace posthaste::api
