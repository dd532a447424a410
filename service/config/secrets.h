// Secrets from files. A file that others can read is refused: the mistake is found at start, not in
// an incident.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace posthaste::config {

// The whole file, one trailing line end removed; at most 64 KiB. Errors name the file: NOT_FOUND,
// PERMISSION_DENIED (unreadable), FAILED_PRECONDITION (a regular file of mode 0600 or 0400 is asked
// for), INVALID_ARGUMENT (empty or too long).
absl::StatusOr<Secret> ReadSecretFile(const std::string& path);

// A key: 32 bytes as 64 hexadecimal digits.
absl::StatusOr<Secret> ReadKeyFile(const std::string& path);

}  // namespace posthaste::config
