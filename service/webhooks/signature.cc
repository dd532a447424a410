#include "service/webhooks/signature.h"

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::webhooks {

std::string Signature(const std::vector<Secret>& secrets, std::string_view id, int64_t time_s,
                      std::string_view body) {
  const std::string content = absl::StrCat(std::string(id), ".", time_s, ".", std::string(body));
  std::string signatures;
  for (const Secret& secret : secrets) {
    absl::StrAppend(&signatures, signatures.empty() ? "" : " ", "v1,",
                    Base64(crypto::HmacSha256(secret.Reveal(), content)));
  }
  return signatures;
}

}  // namespace posthaste::webhooks
