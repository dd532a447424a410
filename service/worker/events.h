// What the worker tells operators: one function per event, which writes the log line and counts.
#pragma once

#include "absl/status/statusor.h"
#include "service/queue/queue.h"
#include "service/worker/decide.h"

namespace posthaste::worker {

// A job was claimed. The first claim tells how long it had waited.
void Claimed(const queue::LeasedJob& job, absl::Time now);

// The canonical line of one try: what was attempted, how it ended, what was settled.
void Attempted(const queue::LeasedJob& job, const Report& report,
               const queue::Settlement& settlement, const absl::StatusOr<queue::Settled>& settled,
               absl::Time now);

// Holding a job threw: a fault of ours. Its lease will lapse.
void HolderThrew(const queue::Lease& lease);

// Jobs whose records this program cannot read: of a newer version, or damaged (leases.h).
void CannotRead(int shard, int jobs);

// Nothing moved for `still` in the session that has this job: it was ended from outside.
void SessionStuck(const queue::Lease& lease, absl::Duration still);

// Leases may be lost to other workers.
void RenewFailed(size_t leases, const absl::Status& why);

}  // namespace posthaste::worker
