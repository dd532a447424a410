// SASL with an OAuth 2.0 bearer token: OAUTHBEARER (RFC 7628) and XOAUTH2, its predecessor at
// Google and Microsoft. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace posthaste::smtp {

class OauthExchange {
 public:
  enum class Form : uint8_t { kOauthBearer, kXoauth2 };

  // `host` and `port` are the relay's, as it was asked for. REQUIRES: IsBearerToken(token).
  OauthExchange(Form form, std::string username, Secret token, std::string host, uint16_t port)
      : form_(form),
        username_(std::move(username)),
        token_(std::move(token)),
        host_(std::move(host)),
        port_(port) {}

  // INVALID_ARGUMENT if the username has a control in it: ^A separates the fields.
  absl::StatusOr<std::optional<Secret>> First() const;
  // A challenge is an error (a JSON object that names it): the answer makes the relay say 535.
  absl::StatusOr<std::optional<Secret>> Next(std::string_view challenge);
  absl::Status Finish() const { return absl::OkStatus(); }

 private:
  Form form_;
  std::string username_;
  Secret token_;
  std::string host_;
  uint16_t port_;
  bool refused_ = false;
};

// Whether `token` can stand in an Authorization header (RFC 6750 2.1, and a little more: some
// issuers use other printable characters): 1 to 8 192 bytes, no space, no control.
bool IsBearerToken(std::string_view token);

}  // namespace posthaste::smtp
