// The key material that the configuration names, read.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/codes/derive.h"
#include "service/codes/receipt.h"
#include "service/queue/seal.h"

namespace posthaste {

struct KeyMaterial {
  Secret hash_key;
  queue::SealKeys seal_keys;
  std::shared_ptr<const codes::KeyRing> code_keys;
  codes::ReceiptKeys receipt_keys;
};

// Errors name the setting and the file.
absl::StatusOr<KeyMaterial> ReadKeys(const config::v1::Keys& config);

}  // namespace posthaste
