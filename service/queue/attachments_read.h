// Reading what is attached to a message.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// As they lie there, sealed; "" = there are none (any more).
Task<absl::StatusOr<std::string>> ReadAttachments(redis::Client& redis, const Keys& keys, int shard,
                                                  std::string id);

}  // namespace posthaste::queue
