// Wakes workers that sleep because nothing was due. One per process, on a connection of its own.
//
// A claim that finds nothing leaves a flag in its shard; whoever then makes a job due takes the
// flag away and publishes on its channel, in the same script, so no wake falls between. The flag is
// armed again by the next claim. Without a connection nothing is lost but time: pollers sleep at
// most a second.
#pragma once

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/redis/options.h"
#include "service/redis/subscriber.h"

namespace posthaste::queue {

class Waker {
 public:
  // Called from the loop for each shard that was woken; for all of them when the connection comes
  // (back), because wakes that were sent meanwhile are lost.
  using OnWake = absl::AnyInvocable<void(int shard)>;

  // Errors as redis::Subscriber::Make. Loop, clock and randomness must outlive this.
  static absl::StatusOr<std::unique_ptr<Waker>> Make(Loop& loop, redis::ClientOptions options,
                                                     const Keys& keys, OnWake on_wake,
                                                     const Clock& clock = SystemClock(),
                                                     Random& random = SystemRandom());
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

 private:
  Waker() = default;

  std::unique_ptr<redis::Subscriber> subscriber_;
};

}  // namespace posthaste::queue
