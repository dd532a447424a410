// `posthaste demo`: the whole way of a code and of a notice, once, on real parts, in a folder that
// goes away.
#pragma once

#include "service/cli/options.h"
#include "service/cli/terminal.h"
#include "service/sandbox/sandbox.h"

namespace posthaste::sandbox {

// Ends with the line "demo ok: code accepted in N ms and matched; password-changed notice accepted
// in N ms" and exit 0, or with what went wrong on standard error and exit 1.
int RunDemo(const cli::DemoOptions& options, const StartSandboxed& start, cli::Terminal& terminal);

}  // namespace posthaste::sandbox
