// Asking a relay whether it would take our mail:
//   ProbeRelay {relay}  connects, greets, starts TLS and logs in with the very settings that mail
//                       is sent with; one that passes is trusted again at once, in every process
#pragma once

#include "absl/container/flat_hash_map.h"
#include "service/api/backend.h"
#include "service/ops/console/parts.h"
#include "service/worker/dispatch.h"

namespace posthaste::console {

// `backend` and `routes` outlive the console; the call runs on the backend's loop. Without routes
// (a process that sends nothing) it is refused.
void AddProbe(api::Backend& backend, const absl::flat_hash_map<std::string, worker::Route>& routes,
              ops::ConsoleParts& parts);

}  // namespace posthaste::console
