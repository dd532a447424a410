#include "service/codes/receipt.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/json.h"

namespace posthaste::codes {
namespace {

constexpr std::string_view kType = "verification-receipt+jwt";

std::string HeaderOf(const std::string& key) {
  return JsonObject().Text("alg", "EdDSA").Text("kid", key).Text("typ", kType).Done();
}

std::string ClaimsOf(const Receipt& receipt) {
  return JsonObject()
      .Text("iss", receipt.issuer)
      .Text("aud", receipt.audience)
      .Text("sub", receipt.subject)
      .Text("purpose", receipt.purpose)
      .Text("binding", Base64Url(receipt.binding_hash))
      .Text("jti", receipt.id)
      .Number("iat", absl::ToUnixSeconds(receipt.issue_time))
      .Number("exp", absl::ToUnixSeconds(receipt.expire_time))
      .Done();
}

}  // namespace

absl::StatusOr<ReceiptKeys> ReceiptKeys::Create(std::vector<Key> keys) {
  ReceiptKeys made;
  std::set<std::string> ids;
  for (const Key& key : keys) {
    if (key.id.empty()) return absl::InvalidArgumentError("a key has no id");
    if (!ids.insert(key.id).second)
      return absl::InvalidArgumentError(absl::StrCat("the id \"", key.id, "\" is there twice"));
    if (key.key.kind() != crypto::SigningKey::Kind::kEd25519)
      return absl::InvalidArgumentError(absl::StrCat("\"", key.id, "\" is not an Ed25519 key"));
    made.public_keys_.push_back({key.id, key.key.PublicKey()});
  }
  made.keys_ = std::move(keys);
  return made;
}

std::string ReceiptKeys::Sign(const Receipt& receipt) const {
  const Key& signer = keys_.back();
  const std::string signed_text =
      absl::StrCat(Base64Url(HeaderOf(signer.id)), ".", Base64Url(ClaimsOf(receipt)));
  return absl::StrCat(signed_text, ".", Base64Url(signer.key.Sign(signed_text)));
}

std::string JwkSet(const ReceiptKeys& keys) {
  std::vector<std::string> all;
  for (const ReceiptKeys::PublicKey& key : keys.public_keys()) {
    all.push_back(JsonObject()
                      .Text("kty", "OKP")
                      .Text("crv", "Ed25519")
                      .Text("use", "sig")
                      .Text("alg", "EdDSA")
                      .Text("kid", key.id)
                      .Text("x", Base64Url(key.bytes))
                      .Done());
  }
  return JsonObject().Raw("keys", JsonArray(all)).Done();
}

}  // namespace posthaste::codes
