#include "service/webhooks/gap.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"

namespace posthaste::webhooks {

std::optional<Gap> FindGap(const queue::Marks& marks, int64_t now_ms,
                           const std::vector<queue::Kept>& kept) {
  Gap gap;
  gap.after = marks;
  int64_t since_ms = now_ms, until_ms = 0;
  for (size_t shard = 0; shard < marks.size() && shard < kept.size(); ++shard) {
    std::optional<queue::Mark> behind = queue::BehindGap(marks[shard], now_ms, kept[shard]);
    if (!behind.has_value()) continue;
    ++gap.shards;
    since_ms = std::min(since_ms, marks[shard].seen_ms);
    until_ms = std::max(until_ms, behind->seen_ms);
    gap.after[shard] = *std::move(behind);
  }
  if (gap.shards == 0) return std::nullopt;
  gap.event.set_id(absl::StrCat("lost-", since_ms));
  gap.event.set_type(v1::Event::EVENTS_LOST);
  api::SetMillis(until_ms, gap.event.mutable_time());
  return gap;
}

}  // namespace posthaste::webhooks
