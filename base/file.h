// Reading a file as a whole.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace posthaste {

// NOT_FOUND, PERMISSION_DENIED; FAILED_PRECONDITION: it is no file, or the disk fails;
// RESOURCE_EXHAUSTED: it is longer than `bytes_max`. Each message begins with the path.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

}  // namespace posthaste
