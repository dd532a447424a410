// What operators do in the console: one function per event, which writes the log line.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace posthaste::ops {

// Somebody logged in, or was refused: then `key` is "".
void LoggedIn(std::string_view key, std::string_view source, bool good);

// An operator acted: the record of who did what and why, addresses in the reason redacted.
// `request` is JSON, without secrets.
void Acted(std::string_view action, std::string_view key, std::string_view reason,
           std::string_view request, const absl::Status& status);

}  // namespace posthaste::ops
