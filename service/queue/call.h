// One call of a script that is on its way: its elements behind the time that every script returns
// first.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

class ScriptCall {
 public:
  // Starts at once. `eval_sha`: what redis::EvalSha made of `script`, or its equal. The clock must
  // outlive the call.
  ScriptCall(redis::Client& client, ServerClock& clock, const redis::Script& script,
             redis::Command eval_sha)
      : pending_(client.StartEval(script, std::move(eval_sha))),
        clock_(&clock),
        asked_(clock.Steady()) {}

  // The elements after the time, which the clock has observed. An error of the server is an error
  // here; INTERNAL: an answer that no script of ours gives. REQUIRES: called once. The task may
  // outlive this object.
  Task<absl::StatusOr<std::vector<redis::Reply>>> Wait() {
    return WaitFor(std::move(pending_), clock_, asked_);
  }

  // As Wait(), for a script whose first element after the time is a number: that number.
  Task<absl::StatusOr<int64_t>> WaitForNumber() { return NumberOf(Wait()); }

 private:
  static Task<absl::StatusOr<int64_t>> NumberOf(
      Task<absl::StatusOr<std::vector<redis::Reply>>> elements);
  static Task<absl::StatusOr<std::vector<redis::Reply>>> WaitFor(redis::Pending pending,
                                                                 ServerClock* clock,
                                                                 SteadyTime asked);

  redis::Pending pending_;
  ServerClock* clock_;
  SteadyTime asked_;
};

// The head of an EVALSHA with `keys` keys, to which keys and arguments are then added.
redis::Command CallOf(const redis::Script& script, size_t keys);

}  // namespace posthaste::queue
