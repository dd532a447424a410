// The DKIM keys of the configuration: their names checked, their files read.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/signing_key.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

struct DkimEntry {
  std::string domain;  // Lower case, A-labels.
  std::string selector;
  crypto::SigningKey key;
};

// What can be said without opening a file: domains and selectors are ones, none is given twice, and
// each domain is that of a sender or one above it: only such a signature is aligned with From (RFC
// 7489 3.1.1), so an entry without a sender is a slip.
absl::Status CheckDkim(const v1::Config& config);

// In the order of the configuration. Errors name the setting and the file: unreadable, mode not
// 0600 or 0400, not a key that signs (crypto::SigningKey), a second one of its kind for a domain.
// REQUIRES: CheckDkim(config).
absl::StatusOr<std::vector<DkimEntry>> ReadDkimKeys(const v1::Config& config);

}  // namespace posthaste::config
