#include "service/keys.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/config/secrets.h"

namespace posthaste {
namespace {

absl::StatusOr<Secret> ReadKey(const std::string& setting, const std::string& file) {
  absl::StatusOr<Secret> key = config::ReadKeyFile(file);
  if (key.ok()) return key;
  return absl::InvalidArgumentError(
      absl::StrCat(setting, ": ", std::string(key.status().message())));
}

absl::StatusOr<codes::ReceiptKeys> ReadReceiptKeys(const config::v1::Keys& config) {
  std::vector<codes::ReceiptKeys::Key> keys;
  for (int i = 0; i < config.receipt_keys_size(); ++i) {
    const config::v1::Keys::ReceiptKey& one = config.receipt_keys(i);
    const auto refuse = [&](const absl::Status& status) {
      return absl::InvalidArgumentError(
          absl::StrCat("keys.receipt_keys[", i, "].file: ", std::string(status.message())));
    };
    const absl::StatusOr<Secret> pem = config::ReadSecretFile(one.file());
    if (!pem.ok()) return refuse(pem.status());
    absl::StatusOr<crypto::SigningKey> key = crypto::SigningKey::FromPem(pem->Reveal());
    if (!key.ok()) return refuse(key.status());
    keys.push_back({one.id(), *std::move(key)});
  }
  absl::StatusOr<codes::ReceiptKeys> made = codes::ReceiptKeys::Create(std::move(keys));
  if (made.ok()) return made;
  return absl::InvalidArgumentError(
      absl::StrCat("keys.receipt_keys: ", std::string(made.status().message())));
}

}  // namespace

absl::StatusOr<KeyMaterial> ReadKeys(const config::v1::Keys& config) {
  KeyMaterial material;
  absl::StatusOr<Secret> hash_key = ReadKey("keys.hash_key_file", config.hash_key_file());
  if (!hash_key.ok()) return hash_key.status();
  material.hash_key = *std::move(hash_key);
  std::map<uint32_t, Secret> epochs;
  for (int i = 0; i < config.code_keys_size(); ++i) {
    absl::StatusOr<Secret> key =
        ReadKey(absl::StrCat("keys.code_keys[", i, "].file"), config.code_keys(i).file());
    if (!key.ok()) return key.status();
    epochs.emplace(static_cast<uint32_t>(config.code_keys(i).epoch()), *std::move(key));
  }
  const auto current = static_cast<uint32_t>(config.code_keys(config.code_keys_size() - 1).epoch());
  absl::StatusOr<codes::KeyRing> ring = codes::KeyRing::Create(std::move(epochs), current);
  if (!ring.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("keys.code_keys: ", std::string(ring.status().message())));
  }
  material.code_keys = std::make_shared<const codes::KeyRing>(*std::move(ring));
  for (int i = 0; i < config.seal_keys_size(); ++i) {
    absl::StatusOr<Secret> key =
        ReadKey(absl::StrCat("keys.seal_keys[", i, "].file"), config.seal_keys(i).file());
    if (!key.ok()) return key.status();
    material.seal_keys.current = static_cast<uint16_t>(config.seal_keys(i).id());
    material.seal_keys.keys.emplace(material.seal_keys.current, *std::move(key));
  }
  absl::StatusOr<codes::ReceiptKeys> receipts = ReadReceiptKeys(config);
  if (!receipts.ok()) return receipts.status();
  material.receipt_keys = *std::move(receipts);
  return material;
}

}  // namespace posthaste
