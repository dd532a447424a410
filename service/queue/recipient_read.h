// Reading what is known of a recipient.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/recipient.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// A recipient of whom nothing is known is an empty one. Errors as DecodeRecipient.
Task<absl::StatusOr<Recipient>> ReadRecipient(redis::Client& redis, const Keys& keys, int shard,
                                              std::string hash);

// Of a failure budget; 0 = none.
Task<absl::StatusOr<int64_t>> ReadWrongGuesses(redis::Client& redis, const Keys& keys, int shard,
                                               std::string failure_key);

}  // namespace posthaste::queue
