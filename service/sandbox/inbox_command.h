// `posthaste inbox list|show|code`.
#pragma once

#include "service/cli/options.h"
#include "service/cli/terminal.h"
#include "service/sandbox/inbox.h"

namespace posthaste::sandbox {

int RunInbox(const cli::InboxOptions& options, cli::Terminal& terminal);

// The mail as people read it: the headers that matter, then the text, each line behind a bar.
void PrintMail(const Captured& captured, cli::Terminal& terminal);

}  // namespace posthaste::sandbox
