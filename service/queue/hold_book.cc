#include "service/queue/hold_book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "posthaste/store/v1/record.pb.h"
#include "service/queue/ids.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr int kSweepMax = 256;
constexpr char kLastNumber[] = "n";
constexpr size_t kEndBytes = 8;  // Before each hold, for create_hold.lua.

std::string Encode(const Hold& hold) {
  store::v1::Hold stored;
  stored.set_scope(static_cast<int>(hold.scope));
  stored.set_target(hold.target);
  stored.set_reason(hold.reason);
  stored.set_creator(hold.creator);
  stored.set_create_ms(ToMillis(hold.create_time));
  stored.set_expire_ms(ToMillis(hold.expire_time));
  return Packer().I64(stored.expire_ms()).bytes() + stored.SerializeAsString();
}

absl::StatusOr<Hold> DecodeHold(int64_t number, const std::string& bytes) {
  store::v1::Hold stored;
  if (bytes.size() < kEndBytes || !stored.ParseFromString(bytes.substr(kEndBytes)))
    return absl::DataLossError("a stored hold cannot be read");
  Hold hold;
  hold.number = number;
  // A scope of a newer version: nobody knows whom it concerns, so it concerns all.
  const bool known = stored.scope() >= 1 && stored.scope() <= kHoldScopes;
  hold.scope = known ? static_cast<HoldScope>(stored.scope()) : HoldScope::kAll;
  hold.target = stored.target();
  hold.reason = stored.reason();
  hold.creator = stored.creator();
  hold.create_time = FromMillis(stored.create_ms());
  hold.expire_time = FromMillis(stored.expire_ms());
  return hold;
}

// Fields and values of a hash.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> FieldsOf(
    absl::StatusOr<redis::Reply> reply) {
  if (!reply.ok()) return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> flat = reply->TakeArray();
  if (!flat.ok()) return flat.status();
  std::vector<std::pair<std::string, std::string>> fields;
  for (size_t i = 0; i + 1 < flat->size(); i += 2) {
    fields.emplace_back((*flat)[i].raw_text(), (*flat)[i + 1].raw_text());
  }
  return fields;
}

// A held job's entry: its class, its id, a colon, its tenant.
struct HeldJob {
  MailClass mail_class = MailClass::kCode;
  std::string id, tenant;

  static std::optional<HeldJob> Parse(const std::string& entry) {
    const bool good = entry.size() > kIdSize + 1 && entry[0] >= '0' && entry[0] <= '2' &&
                      entry[kIdSize + 1] == ':';
    if (!good) return std::nullopt;
    return HeldJob{static_cast<MailClass>(entry[0] - '0'), entry.substr(1, kIdSize),
                   entry.substr(kIdSize + 2)};
  }
};

}  // namespace

Task<absl::Status> HoldBook::Refresh() {
  redis::Pending holds = client_.Start(redis::Command("HGETALL", Keys::Holds()));
  redis::Pending probes = client_.Start(redis::Command("HGETALL", Keys::Probes()));
  absl::StatusOr<redis::Reply> reply = co_await holds.Wait();
  const absl::Status probed = co_await ReadProbes(std::move(probes));
  const auto fields = FieldsOf(std::move(reply));
  if (!fields.ok()) co_return fields.status();
  std::vector<Hold> read;
  for (const auto& [field, bytes] : *fields) {
    int64_t number = 0;
    if (field == kLastNumber || !absl::SimpleAtoi(field, &number)) continue;
    absl::StatusOr<Hold> hold = DecodeHold(number, bytes);
    if (!hold.ok()) co_return hold.status();
    if (hold->expire_time > clock_.Now()) read.push_back(*std::move(hold));
  }
  const auto by_number = [](const Hold& a, const Hold& b) { return a.number < b.number; };
  std::sort(read.begin(), read.end(), by_number);
  if (!std::includes(read.begin(), read.end(), holds_.begin(), holds_.end(), by_number)) {
    ++removals_;
  }
  holds_ = std::move(read);
  known_ = true;
  co_return probed;
}

Task<absl::Status> HoldBook::ReadProbes(redis::Pending pending) {
  absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  const auto fields = FieldsOf(std::move(reply));
  if (!fields.ok()) co_return fields.status();
  probes_.clear();
  for (const auto& [relay, text] : *fields) {
    int64_t time_ms = 0;
    if (absl::SimpleAtoi(text, &time_ms)) probes_.emplace(relay, FromMillis(time_ms));
  }
  co_return absl::OkStatus();
}

Task<absl::StatusOr<Hold>> HoldBook::Create(Hold hold) {
  const redis::Script& script = ScriptNamed("create_hold");
  redis::Command command = CallOf(script, 1);
  command.Add(Keys::Holds()).Add(Encode(hold)).Add(kHoldsMax);
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<int64_t> number = co_await call.WaitForNumber();
  if (!number.ok()) co_return number.status();
  if (*number == 0) co_return absl::ResourceExhaustedError("there are as many holds as may be");
  hold.number = *number;
  co_return hold;
}

Task<absl::StatusOr<Hold>> HoldBook::Delete(int64_t number) {
  redis::Pending read = client_.Start(redis::Command("HGET", Keys::Holds(), number));
  redis::Pending strike = client_.Start(redis::Command("HDEL", Keys::Holds(), number));
  const absl::StatusOr<redis::Reply> bytes = co_await read.Wait();
  const absl::StatusOr<redis::Reply> struck = co_await strike.Wait();
  if (!bytes.ok()) co_return bytes.status();
  if (!struck.ok()) co_return struck.status();
  if (bytes->IsNil()) co_return absl::NotFoundError("no such hold");
  co_return DecodeHold(number, bytes->raw_text());
}

// Entries of held jobs whose holds are not known, at most kSweepMax.
Task<absl::StatusOr<std::vector<std::string>>> HoldBook::Orphans(int shard, bool of_relays) {
  std::vector<int64_t> standing;
  for (const Hold& hold : holds_) {
    if (!of_relays || hold.scope != HoldScope::kRelay) standing.push_back(hold.number);
  }
  std::vector<redis::Pending> ranges;
  std::string after = "-inf";
  for (size_t i = 0; i <= standing.size(); ++i) {
    const bool last = i == standing.size();
    const std::string before = last ? "+inf" : absl::StrCat("(", standing[i]);
    ranges.push_back(client_.Start(
        redis::Command("ZRANGEBYSCORE", keys_.Held(shard), after, before, "LIMIT", 0, kSweepMax)));
    if (!last) after = absl::StrCat("(", standing[i]);
  }
  std::vector<std::string> entries;
  for (redis::Pending& range : ranges) {
    absl::StatusOr<redis::Reply> reply = co_await range.Wait();
    if (!reply.ok()) co_return reply.status();
    const absl::StatusOr<const std::vector<redis::Reply>*> found = reply->Array();
    if (!found.ok()) co_return found.status();
    for (const redis::Reply& entry : **found) {
      if (entries.size() < static_cast<size_t>(kSweepMax)) entries.push_back(entry.raw_text());
    }
  }
  co_return entries;
}

Task<absl::StatusOr<int>> HoldBook::Sweep(int shard, bool of_relays) {
  const absl::StatusOr<std::vector<std::string>> entries = co_await Orphans(shard, of_relays);
  if (!entries.ok()) co_return entries.status();
  if (entries->empty()) co_return 0;
  const redis::Script& script = ScriptNamed("unhold");
  redis::Command command = CallOf(script, 4 + 2 * entries->size());
  command.Add(keys_.Held(shard)).Add(keys_.Armed(shard));
  command.Add(keys_.Ring(shard, MailClass::kNotice)).Add(keys_.Ring(shard, MailClass::kGeneral));
  std::vector<HeldJob> jobs;
  for (const std::string& entry : *entries)
    jobs.push_back(HeldJob::Parse(entry).value_or(HeldJob()));
  for (const HeldJob& job : jobs) {
    command.Add(keys_.Lane(shard, job.mail_class, job.tenant)).Add(keys_.Message(shard, job.id));
  }
  for (size_t i = 0; i < jobs.size(); ++i) {
    command.Add((*entries)[i]).Add(static_cast<int>(jobs[i].mail_class));
    command.Add(jobs[i].id).Add(jobs[i].tenant);
  }
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  co_return static_cast<int>(entries->size());
}

Task<absl::StatusOr<std::vector<bool>>> HoldBook::HeldShards() {
  std::vector<redis::Pending> counts;
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    counts.push_back(client_.Start(redis::Command("EXISTS", keys_.Held(shard))));
  }
  std::vector<bool> held;
  for (redis::Pending& count : counts) {
    const absl::StatusOr<redis::Reply> reply = co_await count.Wait();
    if (!reply.ok()) co_return reply.status();
    const absl::StatusOr<int64_t> exists = reply->Integer();
    if (!exists.ok()) co_return exists.status();
    held.push_back(*exists > 0);
  }
  co_return held;
}

Task<absl::Status> HoldBook::NoteProbe(std::string relay) {
  redis::Command set("HSET", Keys::Probes(), relay, ToMillis(clock_.Now()));
  const absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(set));
  co_return reply.status();
}

}  // namespace posthaste::queue
