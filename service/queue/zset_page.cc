#include "service/queue/zset_page.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthaste::queue {

absl::StatusOr<std::vector<ZsetEntry>> ZsetEntries(absl::StatusOr<redis::Reply> reply) {
  if (!reply.ok()) return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> flat = reply->TakeArray();
  if (!flat.ok()) return flat.status();
  std::vector<ZsetEntry> entries;
  for (size_t i = 0; i + 1 < flat->size(); i += 2) {
    ZsetEntry& entry = entries.emplace_back();
    absl::StatusOr<std::string> id = (*flat)[i].TakeText();
    if (!id.ok()) return id.status();
    entry.id = *std::move(id);
    double score = 0;
    if (!absl::SimpleAtod((*flat)[i + 1].raw_text(), &score)) {
      return absl::InternalError("a score is no number");
    }
    entry.score = static_cast<int64_t>(score);
  }
  return entries;
}

Task<absl::StatusOr<int64_t>> FirstBehind(redis::Client& client, const std::string& key,
                                          const ZsetEntry& last) {
  if (last.id.empty()) co_return 0;
  redis::Pending score = client.Start(redis::Command("ZSCORE", key, last.id));
  redis::Pending rank = client.Start(redis::Command("ZRANK", key, last.id));
  const std::string below = absl::StrCat("(", last.score);
  redis::Pending count = client.Start(redis::Command("ZCOUNT", key, "-inf", below));
  const absl::StatusOr<redis::Reply> scored = co_await score.Wait();
  const absl::StatusOr<redis::Reply> ranked = co_await rank.Wait();
  const absl::StatusOr<redis::Reply> counted = co_await count.Wait();
  if (!counted.ok()) co_return counted.status();
  double now_score = -1;
  if (scored.ok() && ranked.ok() && absl::SimpleAtod(scored->raw_text(), &now_score) &&
      static_cast<int64_t>(now_score) == last.score) {
    const absl::StatusOr<int64_t> index = ranked->Integer();
    if (index.ok()) co_return *index + 1;
  }
  co_return counted->Integer();
}

}  // namespace posthaste::queue
