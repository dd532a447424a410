// Whether a process may serve, told by one loop and asked by others.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace posthaste {

// Thread-safe.
class Readiness {
 public:
  // Why Redis cannot be used now. FAILED_PRECONDITION: it never can; the first such reason stays.
  void Set(absl::Status redis) {
    const std::lock_guard lock(mutex_);
    if (fatal_.ok() && redis.code() == absl::StatusCode::kFailedPrecondition) fatal_ = redis;
    redis_ = std::move(redis);
    changed_.notify_all();
  }
  absl::Status redis() const {
    const std::lock_guard lock(mutex_);
    return redis_;
  }
  absl::Status fatal() const {
    const std::lock_guard lock(mutex_);
    return fatal_;
  }
  // Until it may serve, never will, or `limit` has passed; says which.
  absl::Status Wait(absl::Duration limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoMilliseconds(limit),
                      [&] { return redis_.ok() || !fatal_.ok(); });
    return fatal_.ok() ? redis_ : fatal_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  absl::Status redis_ = absl::UnavailableError("connecting");
  absl::Status fatal_;
};

}  // namespace posthaste
