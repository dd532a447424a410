// The inbox in the operators' console.
#pragma once

#include <string>

#include "service/ops/console/parts.h"

namespace posthaste::sandbox {

// A console of the sandbox: open, with the calls ListMail and GetMail, the preview `mail` and the
// beat `inbox`, the newest mail's id. Reads `folder` on the console's loop: small files on a local
// disk.
ops::ConsoleParts ConsoleWithInbox(const std::string& folder);

}  // namespace posthaste::sandbox
