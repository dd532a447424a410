// Forgetting what a recipient was held against, for an operator who has talked to its owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

struct ResetRequest {
  int shard = 0;
  std::string mailbox_hash, bucket_hash;
  // The failure budget of a purpose, as CheckRequest has it.
  std::function<std::string(std::string_view purpose)> failure_key;
};

struct ResetAnswer {
  int64_t limits = 0;                 // That had counted something.
  std::vector<std::string> purposes;  // With wrong guesses.
};

// Limits, and the failure budgets of every purpose that has a verification of which something is
// known: a budget is forgotten no later than they are (kTombstone). The two are read one after the
// other, but reset in one step; a purpose that is new in between keeps its budget.
Task<absl::StatusOr<ResetAnswer>> ResetRecipient(redis::Client& redis, const Keys& keys,
                                                 ServerClock& clock, ResetRequest request);

}  // namespace posthaste::queue
