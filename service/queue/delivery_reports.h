// What the processes that send mail tell each other of it, as bytes on Redis (ph:{ops}:reports).
// A process that ended is forgotten a quarter of an hour later.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr absl::Duration kReportKept = absl::Minutes(15);
inline constexpr int kReportsMax = 64;  // More processes than that are not looked at.

struct ToldReport {
  std::string process, bytes;
  absl::Time time;  // When it was told, by Redis' clock.
};

// One per loop. Both outlive it.
class DeliveryReports {
 public:
  DeliveryReports(redis::Client& client, const ServerClock& clock)
      : client_(client), clock_(clock) {}

  // In place of what `process` told before.
  Task<absl::Status> Write(std::string process, std::string bytes);

  // Of all processes, whoever spoke last first.
  Task<absl::StatusOr<std::vector<ToldReport>>> Read();

 private:
  redis::Client& client_;
  const ServerClock& clock_;
};

}  // namespace posthaste::queue
