#include "service/queue/stats.h"

#include <algorithm>
#include <utility>

#include "service/queue/leases.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr int kLeasesLookedAt = 1000;
constexpr int kEndedMax = 256;
constexpr size_t kLanesPerCall = 64;  // A script must not keep Redis from its other work.

Task<absl::StatusOr<int64_t>> Number(redis::Pending pending) {
  const absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  if (!reply.ok()) co_return reply.status();
  co_return reply->Integer();
}

// Adds one lane's four numbers.
absl::Status AddLane(const std::vector<redis::Reply>& reply, size_t at, ClassStats& stats) {
  int64_t numbers[4];
  for (size_t i = 0; i < 4; ++i) {
    const absl::StatusOr<int64_t> number = reply[at + i].Integer();
    if (!number.ok()) return number.status();
    numbers[i] = *number;
  }
  const auto [jobs, due, leased, oldest_ms] = numbers;
  stats.waiting += jobs - leased;
  stats.due += due;
  stats.leased += leased;
  if (oldest_ms >= 0) {
    const absl::Time oldest = FromMillis(oldest_ms);
    stats.oldest = stats.oldest.has_value() ? std::min(*stats.oldest, oldest) : oldest;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> TextsOf(absl::StatusOr<redis::Reply> reply) {
  if (!reply.ok()) return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> elements = reply->TakeArray();
  if (!elements.ok()) return elements.status();
  std::vector<std::string> texts;
  for (redis::Reply& element : *elements) {
    absl::StatusOr<std::string> text = element.TakeText();
    if (!text.ok()) return text.status();
    texts.push_back(*std::move(text));
  }
  return texts;
}

Task<absl::StatusOr<std::vector<std::string>>> Housekeeping::Lanes(int shard,
                                                                   MailClass mail_class) {
  redis::Command range("ZRANGE", keys_.Ring(shard, mail_class), 0, -1);
  absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(range));
  absl::StatusOr<std::vector<std::string>> tenants = TextsOf(std::move(reply));
  if (!tenants.ok()) co_return tenants.status();
  for (std::string& name : *tenants) name = keys_.Lane(shard, mail_class, name);
  co_return tenants;
}

Task<absl::StatusOr<Stats>> Housekeeping::StatsNow() {
  Stats stats;
  const redis::Script& script = ScriptNamed("stats");
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    std::vector<std::pair<int, std::string>> lanes;  // With their class.
    lanes.emplace_back(0, keys_.Lane(shard, MailClass::kCode, ""));
    for (int c = 1; c < kMailClasses; ++c) {
      absl::StatusOr<std::vector<std::string>> more =
          co_await Lanes(shard, static_cast<MailClass>(c));
      if (!more.ok()) co_return more.status();
      for (std::string& lane : *more) lanes.emplace_back(c, std::move(lane));
    }
    redis::Pending parked = client_.Start(redis::Command("ZCARD", keys_.Parked(shard)));
    redis::Pending held = client_.Start(redis::Command("ZCARD", keys_.Held(shard)));
    for (size_t from = 0; from < lanes.size(); from += kLanesPerCall) {
      const size_t count = std::min(lanes.size() - from, kLanesPerCall);
      redis::Command command = CallOf(script, count);
      for (size_t i = 0; i < count; ++i) command.Add(lanes[from + i].second);
      command.Add(absl::ToInt64Milliseconds(kLease)).Add(kLeasesLookedAt);
      ScriptCall call(client_, clock_, script, std::move(command));
      const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
      if (!reply.ok()) co_return reply.status();
      if (reply->size() != 4 * count) co_return absl::InternalError("stats answered too little");
      for (size_t i = 0; i < count; ++i) {
        const absl::Status added = AddLane(*reply, 4 * i, stats.classes[lanes[from + i].first]);
        if (!added.ok()) co_return added;
      }
    }
    const absl::StatusOr<int64_t> parked_here = co_await Number(std::move(parked));
    const absl::StatusOr<int64_t> held_here = co_await Number(std::move(held));
    if (!parked_here.ok()) co_return parked_here.status();
    if (!held_here.ok()) co_return held_here.status();
    stats.parked += *parked_here;
    stats.held += *held_here;
  }
  co_return stats;
}

Task<absl::StatusOr<Housekeeping::Done>> Housekeeping::Upkeep(int shard) {
  const int64_t over_ms = ToMillis(clock_.Now() - kParkedMax);
  redis::Command range("ZRANGEBYSCORE", keys_.Parked(shard), "-inf", over_ms, "LIMIT", 0,
                       kEndedMax);
  absl::StatusOr<redis::Reply> found = co_await client_.Call(std::move(range));
  const absl::StatusOr<std::vector<std::string>> ids = TextsOf(std::move(found));
  if (!ids.ok()) co_return ids.status();
  std::vector<std::string> tenants;
  if (!ids->empty()) {
    redis::Command get("MGET");
    for (const std::string& id : *ids) get.Add(keys_.Message(shard, id));
    absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(get));
    if (!reply.ok()) co_return reply.status();
    const absl::StatusOr<const std::vector<redis::Reply>*> records = reply->Array();
    if (!records.ok()) co_return records.status();
    for (size_t i = 0; i < (*records)->size() && i < ids->size(); ++i) {
      const absl::StatusOr<Record> record = Decode((**records)[i].raw_text(), (*ids)[i]);
      tenants.push_back(record.ok() ? record->facts.tenant() : "");
    }
  }
  const redis::Script& script = ScriptNamed("upkeep");
  redis::Command command = CallOf(script, 2 + 2 * ids->size());
  command.Add(keys_.Parked(shard)).Add(keys_.Events(shard));
  for (const std::string& id : *ids)
    command.Add(keys_.Message(shard, id)).Add(keys_.Attachments(shard, id));
  command.Add(over_ms).Add(absl::ToInt64Milliseconds(kRetention)).Add(kEventsMax);
  for (size_t i = 0; i < ids->size(); ++i) command.Add((*ids)[i]).Add(tenants[i]);
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() != 2) co_return absl::InternalError("upkeep answered too little");
  const absl::StatusOr<int64_t> expired = (*reply)[0].Integer();
  const absl::StatusOr<int64_t> lost = (*reply)[1].Integer();
  if (!expired.ok()) co_return expired.status();
  if (!lost.ok()) co_return lost.status();
  Done done;
  done.expired = static_cast<int>(*expired);
  done.events_lost = *lost;
  co_return done;
}

}  // namespace posthaste::queue
