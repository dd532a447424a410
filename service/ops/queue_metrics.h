// The gauges of the queue: looked up every few seconds, never by a scrape.
#pragma once

#include "service/queue/queue.h"

namespace posthaste::ops {

// posthaste_queue_jobs{mail_class,state}, posthaste_queue_oldest_timestamp_seconds{mail_class},
// posthaste_parked_jobs.
void Show(const queue::Stats& stats);

// posthaste_events_cut_total, and a line in the log: events that went before their time, because
// their shard had too many. 0 is none.
void CountCut(int64_t events);

}  // namespace posthaste::ops
