// Whether the service could be made of a configuration: what check-config asks.
#pragma once

#include "absl/status/status.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste {

// Reads every file that Daemon::Start would read (keys, certificates, passwords, templates, which
// are compiled and linted) and starts nothing. The error is Start's: one line that names the
// setting or the file.
absl::Status CheckParts(const config::v1::Config& config);

}  // namespace posthaste
