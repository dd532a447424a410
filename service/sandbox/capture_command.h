// `posthaste capture`: the mail server of the sandbox, alone. For what stands beside a service as
// its relay while it is tried out.
#pragma once

#include "service/cli/options.h"
#include "service/cli/terminal.h"

namespace posthaste::sandbox {

// Keeps what it receives in <data-dir>/inbox, where `posthaste inbox` reads it, until SIGTERM or
// Ctrl-C: exit 0. Exit 2 if the folder or the port cannot be had.
int RunCapture(const cli::CaptureOptions& options, cli::Terminal& terminal);

}  // namespace posthaste::sandbox
