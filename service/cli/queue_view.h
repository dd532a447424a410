// The queue and the relays as tables of a terminal.
#pragma once

#include "absl/time/time.h"
#include "posthaste/v1/operations_service.pb.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// A line a class: waiting, due, with workers, and how long the oldest has been due.
void PrintQueue(const v1::GetQueueStatsResponse& stats, absl::Time now, Terminal& terminal);

// A line a provider and class, a column an age, as Postfix's qshape prints them.
void PrintShape(const v1::GetQueueStatsResponse& stats, Terminal& terminal);

// A line a relay: state, sessions, what came of attempts; then the last failures.
void PrintRelays(const v1::GetDeliveryStatsResponse& stats, absl::Time now, Terminal& terminal);

}  // namespace posthaste::cli
