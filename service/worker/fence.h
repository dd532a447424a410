// The queue's fence, as the SMTP session asks it.
#pragma once

#include "service/queue/leases.h"
#include "smtp/sender.h"

namespace posthaste::worker {

// Fences for the transactions of one lease. `leases` outlives them.
smtp::FenceFactory FencesFor(queue::Leases& leases, const queue::Lease& lease);

}  // namespace posthaste::worker
