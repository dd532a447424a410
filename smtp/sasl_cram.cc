#include "smtp/sasl_cram.h"

#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::smtp {

absl::StatusOr<std::optional<Secret>> CramExchange::Next(std::string_view challenge) {
  if (answered_) return std::optional<Secret>();
  if (challenge.empty()) return absl::InvalidArgumentError("CRAM-MD5 without a challenge");
  answered_ = true;
  std::string answer = username_ + ' ' + Hex(crypto::HmacMd5(password_.Reveal(), challenge));
  return std::optional<Secret>(std::in_place, std::move(answer));
}

}  // namespace posthaste::smtp
