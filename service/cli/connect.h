// The first lines of every command that asks the service something.
#pragma once

#include <optional>

#include "service/cli/client.h"
#include "service/cli/options.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// Finds address and key; prints what is missing and returns nothing if they cannot be found. The
// exit code is then `kUsage`.
std::optional<Client> Connect(const AccessOptions& options, Terminal& terminal);

}  // namespace posthaste::cli
