#include "smtp/verp.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/mailbox.h"

namespace posthaste::smtp {
namespace {

constexpr std::string_view kPrefix = "bounces+";
constexpr size_t kMacCharacters = 16;
constexpr size_t kIdBytesMax = 64 - kPrefix.size() - 1 - kMacCharacters;

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::all_of(id.begin(), id.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-' || c == '_';
  });
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  return lower;
}

std::string Mac(const Secret& key, std::string_view id, std::string_view domain) {
  const std::string mac =
      crypto::HmacFields(key.Reveal(), {"posthaste/verp/v1", id, Lower(domain)});
  return Base32(mac, kMacCharacters);
}

}  // namespace

absl::StatusOr<std::string> MakeReturnPath(const Secret& key, std::string_view id,
                                           std::string_view domain) {
  if (!IsId(id)) return absl::InvalidArgumentError("message id does not fit a return path");
  std::string address(kPrefix);
  address += id;
  address += '.';
  address += Mac(key, id, domain);
  address += '@';
  address += domain;
  const absl::StatusOr<Mailbox> mailbox = ParseMailbox(address);
  if (!mailbox.ok()) return mailbox.status();
  return address;
}

std::optional<std::string> ReadReturnPath(std::span<const Secret> keys, std::string_view address) {
  const std::string lower = Lower(address);
  const size_t at = lower.rfind('@');
  if (at == std::string::npos || !lower.starts_with(kPrefix)) return std::nullopt;
  const std::string_view local(lower.data() + kPrefix.size(),
                               at > kPrefix.size() ? at - kPrefix.size() : 0);
  const std::string_view domain = std::string_view(lower).substr(at + 1);
  const size_t dot = local.rfind('.');
  if (dot == std::string_view::npos || !IsId(local.substr(0, dot))) return std::nullopt;
  for (const Secret& key : keys) {
    if (crypto::EqualConstantTime(Mac(key, local.substr(0, dot), domain), local.substr(dot + 1))) {
      return std::string(local.substr(0, dot));
    }
  }
  return std::nullopt;
}

}  // namespace posthaste::smtp
