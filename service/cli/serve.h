// `posthaste serve` and `posthaste check-config`.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/cli/options.h"
#include "service/cli/service.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// Runs the service until SIGTERM or SIGINT; SIGHUP reads the configuration again. What is wrong at
// start is one line on standard error that names it, and exit 2.
int Serve(const ServeOptions& options, const StartService& start, Terminal& terminal);

// Reads the configuration and every file that it names, compiles and lints the templates, and
// starts nothing. `parts` proves what lies above the command line.
int CheckConfig(const std::string& path, const CheckService& parts, Terminal& terminal);

// The secret files that cannot be used, all of them. An error names the setting and the file.
std::vector<absl::Status> SecretTroubles(const config::v1::Config& config);

// OK, or the first of SecretTroubles: "keys.hash_key_file: /etc/…: mode 0644 lets
// others read a secret".
absl::Status CheckSecrets(const config::v1::Config& config);

// Starts the log as the configuration says. INVALID_ARGUMENT names log.file.
absl::Status StartLog(const config::v1::Log& config);

}  // namespace posthaste::cli
