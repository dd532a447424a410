// The sandbox's folder: its keys, its two API keys, its configuration. Made at the first start,
// kept for the next.
//
//   keys/ (hash.key, code-1.key, seal-1.key, api.key, operator.key)   posthaste.yaml   client.yaml
//   inbox/ redis/ drafts/   lock   posthaste.log
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "base/secret.h"
#include "service/sandbox/relay_url.h"

namespace posthaste::sandbox {

class Home {
 public:
  // Makes what is missing, and takes the folder for this process. FAILED_PRECONDITION: another
  // sandbox runs there.
  static absl::StatusOr<Home> Open(const std::string& folder, Random& random);
  Home(Home&& other) noexcept;
  Home& operator=(Home&&) = delete;
  ~Home();  // The folder is free again; the client file goes.

  const std::string& folder() const { return folder_; }
  const Secret& api_key() const { return api_key_; }            // "sandbox.secret".
  const Secret& operator_key() const { return operator_key_; }  // "operator.secret".
  std::string inbox() const { return folder_ + "/inbox"; }
  std::string log_file() const { return folder_ + "/posthaste.log"; }
  std::string config_file() const { return folder_ + "/posthaste.yaml"; }

 private:
  Home(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

  std::string folder_;
  int lock_;
  Secret api_key_, operator_key_;
};

struct Outgoing {
  RelayUrl relay;
  std::string from;  // "no-reply@example.com"
};

struct Addresses {
  std::string grpc, http;  // "127.0.0.1:8525"; port 0 = one that is free.
  uint16_t smtp_port = 0;  // Of the capture server.
  std::string redis_socket;
};

// The configuration as YAML: one tenant with a key, an operator with another, mail to the capture
// server or to `outgoing`.
std::string ConfigYaml(const Home& home, const Addresses& addresses,
                       const std::optional<Outgoing>& outgoing);

}  // namespace posthaste::sandbox
