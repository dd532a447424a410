#include "smtp/sasl_oauth.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "smtp/sasl_scram.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kTokenBytesMax = 8192;
constexpr char kSeparator = '\x01';

}  // namespace

bool IsBearerToken(std::string_view token) {
  const bool printable =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return printable && !token.empty() && token.size() <= kTokenBytesMax;
}

absl::StatusOr<std::optional<Secret>> OauthExchange::First() const {
  if (HasControl(username_)) return absl::InvalidArgumentError("username with a control character");
  std::string first;
  if (form_ == Form::kOauthBearer) {
    first = absl::StrCat("n,a=", SaslName(username_), ",");
    first += kSeparator;
    absl::StrAppend(&first, "host=", host_);
    first += kSeparator;
    absl::StrAppend(&first, "port=", port_);
  } else {
    first = absl::StrCat("user=", username_);
  }
  first += kSeparator;
  first += "auth=Bearer ";
  first += token_.Reveal();
  first += kSeparator;
  first += kSeparator;
  return std::optional<Secret>(std::in_place, std::move(first));
}

absl::StatusOr<std::optional<Secret>> OauthExchange::Next(std::string_view) {
  if (refused_) return std::optional<Secret>();
  refused_ = true;
  // RFC 7628 3.2.3: a single ^A; of XOAUTH2's makers, an empty response.
  return std::optional<Secret>(
      std::in_place, form_ == Form::kOauthBearer ? std::string(1, kSeparator) : std::string());
}

}  // namespace posthaste::smtp
