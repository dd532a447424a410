// Holds, as operators order them in the console:
//   CreateHold {scope, target, minutes}  keeps mail from being sent; minutes "1" to "10080"
//   DeleteHold {id}                      sends it again
#pragma once

#include "service/api/backend.h"
#include "service/ops/console/parts.h"

namespace posthaste::console {

// `backend` outlives the console; the calls run on its loop.
void AddHolds(api::Backend& backend, ops::ConsoleParts& parts);

}  // namespace posthaste::console
