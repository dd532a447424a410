// What operators do and see, as OperationsService has it:
//   CreateHold, DeleteHold, RedriveMessages, ProbeRelay   act: the reason goes into the request
//   GetQueueStats                                         as the RPC
//   ListParked {}                                         RedriveMessages of the 200 longest
//   parked,
//                                                         which only says what would become of each
#pragma once

#include "service/api/backend.h"
#include "service/ops/console/parts.h"

namespace posthaste::console {

// `backend` outlives the console; the calls run on its loop.
void AddOperations(api::Backend& backend, ops::ConsoleParts& parts);

}  // namespace posthaste::console
