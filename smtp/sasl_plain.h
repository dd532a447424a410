// SASL in clear words: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login: obsolete, and all
// that some relays offer). Pure: bytes in, bytes out; auth.h writes them as lines of SMTP.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace posthaste::smtp {

// All at once, unasked.
class PlainExchange {
 public:
  PlainExchange(std::string username, Secret password)
      : username_(std::move(username)), password_(std::move(password)) {}

  // INVALID_ARGUMENT if the credentials hold a NUL (RFC 4616 2).
  absl::StatusOr<std::optional<Secret>> First() const;
  // Nothing: we have said it all.
  absl::StatusOr<std::optional<Secret>> Next(std::string_view challenge) const;
  absl::Status Finish() const { return absl::OkStatus(); }

 private:
  std::string username_;
  Secret password_;
};

// The name, then the password, whatever the prompts say: there are many, in many languages.
class LoginExchange {
 public:
  LoginExchange(std::string username, Secret password)
      : username_(std::move(username)), password_(std::move(password)) {}

  absl::StatusOr<std::optional<Secret>> First() const { return std::optional<Secret>(); }
  absl::StatusOr<std::optional<Secret>> Next(std::string_view challenge);
  absl::Status Finish() const { return absl::OkStatus(); }

 private:
  std::string username_;
  Secret password_;
  int step_ = 0;
};

}  // namespace posthaste::smtp
