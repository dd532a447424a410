// Going through a ZSET page by page while its entries move: where the last page ended, by score and
// member.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/redis/client.h"

namespace posthaste::queue {

struct ZsetEntry {
  std::string id;
  int64_t score = 0;
};

// The answer to a range WITHSCORES.
absl::StatusOr<std::vector<ZsetEntry>> ZsetEntries(absl::StatusOr<redis::Reply> reply);

// The index of the first entry behind `last`, which may have moved or gone; 0 if its id is "". Both
// live until it is done.
Task<absl::StatusOr<int64_t>> FirstBehind(redis::Client& client, const std::string& key,
                                          const ZsetEntry& last);

}  // namespace posthaste::queue
