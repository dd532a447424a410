#include "smtp/sasl_plain.h"

namespace posthaste::smtp {

absl::StatusOr<std::optional<Secret>> PlainExchange::First() const {
  const bool has_nul = username_.find('\0') != std::string::npos ||
                       password_.Reveal().find('\0') != std::string_view::npos;
  if (has_nul) return absl::InvalidArgumentError("credentials with a NUL byte");
  // Authorization identity (none: our own), NUL, username, NUL, password.
  std::string plain = std::string(1, '\0') + username_ + std::string(1, '\0');
  plain += password_.Reveal();
  return std::optional<Secret>(std::in_place, std::move(plain));
}

absl::StatusOr<std::optional<Secret>> PlainExchange::Next(std::string_view) const {
  return std::optional<Secret>();
}

absl::StatusOr<std::optional<Secret>> LoginExchange::Next(std::string_view) {
  if (step_ == 2) return std::optional<Secret>();
  const std::string_view answer = step_++ == 0 ? std::string_view(username_) : password_.Reveal();
  return std::optional<Secret>(std::in_place, std::string(answer));
}

}  // namespace posthaste::smtp
