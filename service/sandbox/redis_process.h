// A redis-server of our own: on a Unix socket only, every write on the disk before it is answered,
// gone when we are.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace posthaste::sandbox {

class RedisProcess {
 public:
  // Its data lies in `folder`/redis, its log in `folder`/redis.log, its socket in
  // `folder`/redis.sock. Returns when it answers. NOT_FOUND: redis-server is not installed.
  // INVALID_ARGUMENT: the folder's path is too long for a socket. UNAVAILABLE: it did not start;
  // names the log. REQUIRES: called on a thread that lives as long as the server is wanted, best
  // before other threads exist.
  static absl::StatusOr<std::unique_ptr<RedisProcess>> Start(const std::string& folder,
                                                             const Clock& clock);

  // SIGTERM, and SIGKILL if it takes longer than five seconds.
  ~RedisProcess();

  const std::string& socket() const { return socket_; }
  pid_t pid() const { return pid_; }

  // Whether it still runs.
  bool Running();

 private:
  RedisProcess(std::string socket, pid_t pid, const Clock& clock)
      : socket_(std::move(socket)), pid_(pid), clock_(clock) {}

  std::string socket_;
  pid_t pid_;
  const Clock& clock_;
};

}  // namespace posthaste::sandbox
