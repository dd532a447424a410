// The webhooks of the configuration: where they lead, and with which secrets they are signed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

inline constexpr int kWebhooksMax = 4;  // Of one tenant.

struct WebhookUrl {
  bool tls = true;
  std::string host;  // Lower case; an IPv6 address without its brackets.
  uint16_t port = 0;
  std::string authority;  // For the Host field: "example.com", "example.com:8443", "[::1]:80".
  std::string target;     // Path and query; at least "/".
};

// INVALID_ARGUMENT says what is wrong with it. Of RFC 3986 it takes what an endpoint needs: no user
// name, no fragment, ASCII only.
absl::StatusOr<WebhookUrl> ParseWebhookUrl(std::string_view url);

// The key in "whsec_<base64>", as Standard Webhooks has it: 24 to 64 bytes.
absl::StatusOr<Secret> ParseWebhookSecret(std::string_view text);

// What can be said without opening a file.
absl::Status CheckWebhooks(const v1::Config& config);

// The keys, in the order of the configuration. Errors name the setting, which begins with `at`, and
// the file.
absl::StatusOr<std::vector<Secret>> ReadWebhookSecrets(const v1::Webhook& webhook,
                                                       const std::string& at);

}  // namespace posthaste::config
