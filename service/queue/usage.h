// How many messages each tenant was taken, by class and day (UTC): what quotas are held against,
// and what a tenant is told.
//
// Counted after the message was taken, by itself and without waiting: a crash between the two loses
// one from the count, never a message, and a quota may be passed by as many as are under way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr int kUsageDaysMax = 90;  // Older days are forgotten.

struct DayUsage {
  int64_t day = 0;  // Since the epoch.
  int64_t counts[kMailClasses] = {};

  int64_t total() const { return counts[0] + counts[1] + counts[2]; }
};

// The day of UTC in which `time` lies, and when it ends.
int64_t DayOf(absl::Time time);
absl::Time EndOf(int64_t day);

// One per loop. The client must know the scripts; both must outlive it.
class Usage {
 public:
  Usage(redis::Client& redis, const ServerClock& clock) : redis_(redis), clock_(clock) {}

  // Starts to count one message of today. Nobody is told if it fails.
  void Count(std::string_view tenant, MailClass mail_class);

  // The last `days` days, the newest first; days without a message are left out. REQUIRES: 1 ≤ days
  // ≤ kUsageDaysMax.
  Task<absl::StatusOr<std::vector<DayUsage>>> Read(std::string tenant, int days);

 private:
  redis::Client& redis_;
  const ServerClock& clock_;
};

}  // namespace posthaste::queue
