#include "service/api/page_token.h"

#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::api {
namespace {

constexpr size_t kNonceBytes = 12;

std::string KeyOf(std::string_view hash_key) {
  return crypto::HmacFields(hash_key, {"posthaste/page-token/v1"});
}

}  // namespace

std::string SealToken(std::string_view token, std::string_view tenant, std::string_view hash_key,
                      Random& random) {
  if (token.empty()) return "";
  const std::string nonce = random.Bytes(kNonceBytes);
  return Base64Url(nonce + crypto::GcmSeal(KeyOf(hash_key), nonce, tenant, token));
}

std::optional<std::string> OpenToken(std::string_view sealed, std::string_view tenant,
                                     std::string_view hash_key) {
  if (sealed.empty()) return "";
  const std::optional<std::string> bytes = FromBase64Url(sealed);
  if (!bytes || bytes->size() < kNonceBytes) return std::nullopt;
  const std::string_view all(*bytes);
  absl::StatusOr<std::string> token =
      crypto::GcmOpen(KeyOf(hash_key), all.substr(0, kNonceBytes), tenant, all.substr(kNonceBytes));
  if (!token.ok()) return std::nullopt;
  return *std::move(token);
}

}  // namespace posthaste::api
