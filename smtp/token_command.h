// A bearer token from a program, such as a cloud provider's command line or one's own script: what
// it prints is the token. Run without a shell, in a process group of its own, with nothing of ours
// but the environment and standard error, so that what it complains of stands in the journal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "smtp/token.h"

namespace posthaste::smtp {

// `command[0]` is a path. Each Token() runs it once, `limit` at the most, then it and whatever it
// started is killed. Errors: UNAVAILABLE (cannot be run, or ended with a status other than 0),
// DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (printed more than 16 KiB). Leading and trailing white
// space is not the token's. REQUIRES: `command` is not empty.
std::shared_ptr<TokenSource> TokenFromCommand(std::vector<std::string> command,
                                              absl::Duration limit = absl::Seconds(10));

}  // namespace posthaste::smtp
