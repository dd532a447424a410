// Conversions in the console:
//   ListConversions {}  what became of codes, by purpose and by provider, since the process began:
//   the
//                       process' own metrics
#pragma once

#include "service/api/backend.h"
#include "service/ops/console/parts.h"

namespace posthaste::console {

// `backend` outlives the console; the calls run on its loop.
void AddConversions(api::Backend& backend, ops::ConsoleParts& parts);

}  // namespace posthaste::console
