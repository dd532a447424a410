// One more way to say no (refusal.h, whose source has it): a place that is no longer there.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace posthaste::api {

// OUT_OF_RANGE.
absl::Status OutOfRange(std::string_view reason, std::string_view message);

}  // namespace posthaste::api
