// The queue in the console:
//   GetQueueShape {}       what waits, by provider and age; a sample where there is very much
//   ListParked {}          the oldest of what was set aside
//   RedriveMessages {ids}  sends parked messages again: "m…,m…", at most queue::kRedriveMax
#pragma once

#include "service/api/backend.h"
#include "service/ops/console/parts.h"

namespace posthaste::console {

// `backend` outlives the console; the calls run on its loop.
void AddQueue(api::Backend& backend, ops::ConsoleParts& parts);

}  // namespace posthaste::console
