#include "service/queue/code_waits.h"

#include <algorithm>
#include <utility>

#include "service/queue/call.h"
#include "service/queue/score.h"
#include "service/queue/zset_page.h"

namespace posthaste::queue {

Task<absl::Status> CodeWaits::Refresh() {
  std::vector<redis::Command> commands;
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    commands.push_back(
        redis::Command("ZRANGE", keys_.Lane(shard, MailClass::kCode, ""), "0", "0", "WITHSCORES"));
  }
  std::vector<redis::Pending> heads = client_.Start(std::move(commands));
  absl::Status status;
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    absl::StatusOr<redis::Reply> reply = co_await heads[shard].Wait();
    const absl::StatusOr<std::vector<ZsetEntry>> head = ZsetEntries(std::move(reply));
    if (!head.ok()) {
      status.Update(head.status());
      continue;
    }
    // One that is leased, or put off, becomes visible later: its wait is negative.
    absl::Duration wait;
    if (!head->empty()) wait = clock_.Now() - FromMillis(Unpack(head->front().score).visible_ms);
    waits_[shard] = std::max(wait, absl::ZeroDuration());
  }
  co_return status;
}

}  // namespace posthaste::queue
