// YAML as JSON text, so that protobuf's JSON parser can hold it against the schema. The only place
// that knows yaml-cpp.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace posthaste::config {

// Plain scalars that read as a boolean, a number or null become that; everything else, and whatever
// is quoted, becomes a string. INVALID_ARGUMENT says line and column. Anchors are followed; a key
// given twice is refused.
absl::StatusOr<std::string> YamlToJson(std::string_view yaml);

}  // namespace posthaste::config
