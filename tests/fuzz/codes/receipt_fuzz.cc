// Whatever the words of a receipt are, it has three parts in base64url, its claims are one JSON
// object that gives the same words back, and its signature holds for these bytes and for no others.
// It is verified as a stranger would: with the bytes of the public key, and OpenSSL alone.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "service/codes/receipt.h"

namespace {

using posthaste::codes::Receipt;
using posthaste::codes::ReceiptKeys;
using posthaste::crypto::SigningKey;

void Require(bool ok) {
  if (!ok) std::abort();
}

const ReceiptKeys& Keys() {
  static const ReceiptKeys keys =
      ReceiptKeys::Create({{"r1", SigningKey::Generate(SigningKey::Kind::kEd25519)}}).value();
  return keys;
}

bool Verifies(std::string_view text, std::string_view signature) {
  const auto bytes = [](std::string_view of) {
    return reinterpret_cast<const unsigned char*>(of.data());
  };
  const std::string& public_key = Keys().public_keys().front().bytes;
  EVP_PKEY* const key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size());
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1 &&
      EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

std::vector<std::string_view> Parts(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t dot = std::min(text.find('.', at), text.size());
    parts.push_back(text.substr(at, dot - at));
    at = dot + 1;
  }
  return parts;
}

google::protobuf::Struct Claims(std::string_view part) {
  const std::optional<std::string> json = posthaste::FromBase64Url(part);
  google::protobuf::Struct claims;
  Require(json.has_value() && google::protobuf::util::JsonStringToMessage(*json, &claims).ok());
  return claims;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t half = size / 2;
  Receipt receipt;
  receipt.issuer = "posthaste";
  receipt.audience = text.substr(0, half);
  receipt.subject = text.substr(half);
  receipt.purpose = text;
  receipt.binding_hash = text;
  receipt.id = "v0";
  receipt.issue_time = absl::UnixEpoch();
  receipt.expire_time = absl::UnixEpoch();
  const std::string signed_receipt = Keys().Sign(receipt);
  const std::vector<std::string_view> parts = Parts(signed_receipt);
  Require(parts.size() == 3);
  Require(posthaste::FromBase64Url(parts[0]).has_value());
  const std::optional<std::string> signature = posthaste::FromBase64Url(parts[2]);
  Require(signature.has_value() && signature->size() == 64);
  std::string signed_text = signed_receipt.substr(0, signed_receipt.rfind('.'));
  Require(Verifies(signed_text, *signature));
  signed_text[size % signed_text.size()] ^= 1;
  Require(!Verifies(signed_text, *signature));
  const google::protobuf::Struct claims = Claims(parts[1]);
  Require(claims.fields_size() == 8);
  Require(claims.fields().at("binding").string_value() == posthaste::Base64Url(text));
  // Bytes that are not UTF-8 become U+FFFD, and nothing else changes.
  if (posthaste::IsUtf8(text)) Require(claims.fields().at("purpose").string_value() == text);
  return 0;
}
