// How long codes wait in each shard before a worker takes them: by it a code is refused that could
// not arrive within its life.
//
// A lane is taken in the order in which its jobs became due, so what comes now waits at least about
// as long as its first due job has waited already.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// One per loop; used from that loop only.
class CodeWaits {
 public:
  // All three must outlive this.
  CodeWaits(redis::Client& client, const Keys& keys, const ServerClock& clock)
      : client_(client), keys_(keys), clock_(clock), waits_(keys.shards()) {}

  // Looks, one command a shard in one flight; to be called every second. An error: what was known
  // stays.
  Task<absl::Status> Refresh();

  // For how long the first due code of `shard` had been due at the last look; zero: none was, or
  // nobody has looked yet.
  absl::Duration Of(int shard) const { return waits_[shard]; }

 private:
  redis::Client& client_;
  const Keys& keys_;
  const ServerClock& clock_;
  std::vector<absl::Duration> waits_;
};

}  // namespace posthaste::queue
