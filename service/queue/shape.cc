#include "service/queue/shape.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "service/queue/record.h"
#include "service/queue/stats.h"

namespace posthaste::queue {
namespace {

constexpr int kIdsPerRange = 4096;
constexpr size_t kRecordsPerGet = 256;

void AddRecords(const std::vector<redis::Reply>& records, std::span<const std::string> ids,
                absl::Time now, Shape& shape) {
  for (size_t i = 0; i < records.size() && i < ids.size(); ++i) {
    if (records[i].IsNil()) continue;  // It has gone meanwhile.
    const absl::StatusOr<Record> record = Decode(records[i].raw_text(), ids[i]);
    if (!record.ok()) continue;  // Of a newer version, or parked soon.
    shape.Add(record->head.mail_class, record->facts.provider(),
              now - FromMillis(record->head.create_ms));
  }
}

}  // namespace

void Shape::Add(MailClass mail_class, const std::string& provider, absl::Duration age) {
  const auto column = std::upper_bound(kBounds.begin(), kBounds.end(), age) - kBounds.begin();
  Counts& counts = rows[{mail_class, provider.empty() ? "other" : provider}];
  ++counts[static_cast<size_t>(column)];
}

// The jobs of one lane, as far as `left` allows.
Task<absl::Status> Housekeeping::AddShapeOf(int shard, const std::string& lane, int& left,
                                            Shape& shape) {
  for (int64_t from = 0;; from += kIdsPerRange) {
    redis::Command range("ZRANGE", lane, from, from + std::min(left, kIdsPerRange) - 1);
    absl::StatusOr<std::vector<std::string>> ids = TextsOf(co_await client_.Call(std::move(range)));
    if (!ids.ok()) co_return ids.status();
    std::vector<redis::Pending> gets;
    const std::span<const std::string> all(*ids);
    for (size_t at = 0; at < all.size(); at += kRecordsPerGet) {
      redis::Command get("MGET");
      for (const std::string& id : all.subspan(at, std::min(kRecordsPerGet, all.size() - at)))
        get.Add(keys_.Message(shard, id));
      gets.push_back(client_.Start(std::move(get)));
    }
    for (size_t i = 0; i < gets.size(); ++i) {
      absl::StatusOr<redis::Reply> reply = co_await gets[i].Wait();
      if (!reply.ok()) co_return reply.status();
      const absl::StatusOr<const std::vector<redis::Reply>*> records = reply->Array();
      if (!records.ok()) co_return records.status();
      AddRecords(**records, all.subspan(i * kRecordsPerGet), clock_.Now(), shape);
    }
    left -= static_cast<int>(all.size());
    if (left <= 0 || all.size() < static_cast<size_t>(kIdsPerRange)) co_return absl::OkStatus();
  }
}

Task<absl::StatusOr<Shape>> Housekeeping::ShapeNow() {
  Shape shape;
  int left = kShapeJobsMax;
  for (int shard = 0; shard < keys_.shards() && left > 0; ++shard) {
    std::vector<std::string> lanes = {keys_.Lane(shard, MailClass::kCode, "")};
    for (int c = 1; c < kMailClasses; ++c) {
      absl::StatusOr<std::vector<std::string>> more =
          co_await Lanes(shard, static_cast<MailClass>(c));
      if (!more.ok()) co_return more.status();
      lanes.insert(lanes.end(), more->begin(), more->end());
    }
    for (const std::string& lane : lanes) {
      if (left <= 0) break;
      const absl::Status added = co_await AddShapeOf(shard, lane, left, shape);
      if (!added.ok()) co_return added;
    }
  }
  shape.truncated = left <= 0;
  co_return shape;
}

}  // namespace posthaste::queue
