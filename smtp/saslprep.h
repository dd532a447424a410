// How user names and passwords are written before they are hashed (SASLprep, RFC 4013), so that the
// same words give the same proof whatever keyboard they come from.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace posthaste::smtp {

// Spaces of all kinds become a space, what is invisible goes, the rest is brought to NFKC. As a
// query (RFC 3454 7): what Unicode has not assigned passes. INVALID_ARGUMENT: not UTF-8, nothing is
// left, a character that must not be in it, or directions mixed. Errors never repeat the text.
absl::StatusOr<std::string> SaslPrep(std::string_view text);

}  // namespace posthaste::smtp
