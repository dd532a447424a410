// How the queue stands, and the little housekeeping that it needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/queue/server_clock.h"
#include "service/queue/shape.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr absl::Duration kParkedMax = absl::Hours(72);  // Then a parked job ends FAILED.
inline constexpr int64_t kEventsMax = 1'000'000;               // Of one shard.

// The elements of an answer, as text.
absl::StatusOr<std::vector<std::string>> TextsOf(absl::StatusOr<redis::Reply> reply);

// One per loop; used from that loop only.
class Housekeeping {
 public:
  // All three must outlive this; RegisterScripts was called with the client.
  Housekeeping(redis::Client& client, const Keys& keys, ServerClock& clock)
      : client_(client), keys_(keys), clock_(clock) {}

  // Counts over all shards and lanes. Costs a few commands a lane, whatever the number of jobs.
  // `leased` is exact up to 1 000 jobs of a lane that become visible within 30 s, else a lower
  // bound; `waiting` is all that is not leased. Jobs whose lease ran out count as due.
  Task<absl::StatusOr<Stats>> StatsNow();

  // Every live job, up to kShapeJobsMax, by class, provider and age: reads each record.
  Task<absl::StatusOr<Shape>> ShapeNow();

  struct Done {
    int expired = 0;          // Parked jobs that ended.
    int64_t events_lost = 0;  // Events cut because there were more than kEventsMax: an alarm.
  };
  // Ends jobs of one shard that were parked for kParkedMax, at most 256 a call, and bounds its
  // stream of events. To be called every minute or so, by any number of processes.
  Task<absl::StatusOr<Done>> Upkeep(int shard);

 private:
  Task<absl::StatusOr<std::vector<std::string>>> Lanes(int shard, MailClass mail_class);
  Task<absl::Status> AddShapeOf(int shard, const std::string& lane, int& left, Shape& shape);

  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
};

}  // namespace posthaste::queue
