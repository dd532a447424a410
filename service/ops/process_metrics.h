// The gauges of a process, shown every few seconds: what is held back, what its worker is busy
// with, what its log has written.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "service/queue/holds.h"

namespace posthaste::ops {

// posthaste_holds{scope}: those of `holds` that have not ended at `now` (of Redis' clock). A scope
// without any is shown as 0.
void ShowHolds(const std::vector<queue::Hold>& holds, absl::Time now);

// posthaste_worker_slots{state}: `busy` of `slots` hold a job. A process without a worker has 0.
void ShowSlots(int busy, int slots);

// posthaste_log_messages_total{level}, posthaste_log_dropped_total.
// REQUIRES: called from one thread.
void ShowLog();

}  // namespace posthaste::ops
