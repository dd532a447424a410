// Holds on Redis: kept in ph:{ops}:holds, read each second by every loop, and undone for the jobs
// that they had put off.
//
// What was read last stays in force while Redis is away. A job that a worker finds held is settled
// with Settlement::kHold: invisible until the hold or its own life ends, and noted among the held
// jobs of its shard under the hold's number. When that number is gone from the book (deleted;
// nobody needs to know when), Sweep makes those jobs due at once. So a hold costs each job two
// trips, however long it lasts, and a hold that was deleted while nobody ran is found all the same.
//
// Beside them lie the times at which relays last passed a probe (ph:{ops}:probes): by them a
// suspension ends in every process.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/holds.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr int kHoldsMax = 100;

// One per loop; used from that loop only.
class HoldBook {
 public:
  // All three must outlive this; RegisterScripts was called with the client.
  HoldBook(redis::Client& client, const Keys& keys, ServerClock& clock)
      : client_(client), keys_(keys), clock_(clock) {}

  // Reads the book. An error: what was known stays.
  Task<absl::Status> Refresh();

  // Whether it was ever read: before that nothing may be sent.
  bool known() const { return known_; }
  // Those in force when it was last read, by number. Valid until the next Refresh.
  const std::vector<Hold>& holds() const { return holds_; }
  // When each relay last passed a probe.
  const std::map<std::string, absl::Time>& probes() const { return probes_; }
  // Counts how often a hold was seen to go.
  int64_t removals() const { return removals_; }

  // As FindHold, of what is known and by Redis' clock.
  const Hold* Find(const HoldSubject& subject) const {
    return FindHold(holds_, subject, clock_.Now());
  }

  // Keeps `hold` under a new number, which is returned with it; RESOURCE_EXHAUSTED: there are
  // kHoldsMax. Those that have ended are struck out first.
  Task<absl::StatusOr<Hold>> Create(Hold hold);

  // Strikes it out; what it was. NOT_FOUND.
  Task<absl::StatusOr<Hold>> Delete(int64_t number);

  // Makes due the jobs of `shard` that were put off by holds that are not known (any more). How
  // many; at most 256 a call. REQUIRES: known().
  // With `of_relays` also those put off by relays' holds that stand: such a job is noted under one
  // hold of several, and waits no longer when any of them is gone.
  Task<absl::StatusOr<int>> Sweep(int shard, bool of_relays = false);

  // Whether there are held jobs at all, by shard.
  Task<absl::StatusOr<std::vector<bool>>> HeldShards();

  // Notes that `relay` has passed a probe now.
  Task<absl::Status> NoteProbe(std::string relay);

 private:
  Task<absl::Status> ReadProbes(redis::Pending pending);
  Task<absl::StatusOr<std::vector<std::string>>> Orphans(int shard, bool of_relays);

  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
  bool known_ = false;
  std::vector<Hold> holds_;
  std::map<std::string, absl::Time> probes_;
  int64_t removals_ = 0;
};

}  // namespace posthaste::queue
