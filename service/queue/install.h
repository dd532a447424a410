// What a Redis was installed with, and must stay installed with: the number of shards and the hash
// key decide where each recipient's keys lie, so that another value would lose all of them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/task.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// Of names, values and scripts: raised when an older program could not work on the same data.
inline constexpr int kFormatVersion = 2;

// Writes it down at the first start, atomically; compares at each later one. FAILED_PRECONDITION
// names the first thing that differs: the process must not go on. Of the hash key only a
// fingerprint is stored.
Task<absl::Status> Install(redis::Client& redis, int shards, std::string_view hash_key);

}  // namespace posthaste::queue
