// SASL CRAM-MD5 (RFC 2195): for relays that have nothing better, and operators who ask for it. It
// proves nothing about the relay, and what it proves can be guessed at offline. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace posthaste::smtp {

class CramExchange {
 public:
  CramExchange(std::string username, Secret password)
      : username_(std::move(username)), password_(std::move(password)) {}

  absl::StatusOr<std::optional<Secret>> First() const { return std::optional<Secret>(); }
  // The answer to one challenge; nothing to a second. INVALID_ARGUMENT if it is empty: the digest
  // would be good for any other session.
  absl::StatusOr<std::optional<Secret>> Next(std::string_view challenge);
  absl::Status Finish() const { return absl::OkStatus(); }

 private:
  std::string username_;
  Secret password_;
  bool answered_ = false;
};

}  // namespace posthaste::smtp
