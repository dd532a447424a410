#include "service/queue/leases.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "service/queue/ids.h"
#include "service/queue/scripts.h"
#include "service/queue/settlement.h"
#include "service/queue/suppression.h"

namespace posthaste::queue {
namespace {

constexpr int kMovedMax = 3;  // Claims that are asked again because the ring had moved.
// Who was suppressed when a job was enqueued was seen then. A younger one is not asked about again:
// that would cost every code a round trip.
constexpr int64_t kFreshMillis = 2'000;

std::string_view ClassOrder(MailClass first, bool only) {
  static constexpr std::string_view kAll[] = {"012", "102", "201"};
  const std::string_view order = kAll[static_cast<int>(first)];
  return only ? order.substr(0, 1) : order;
}

absl::Status Surprise(std::string_view script) {
  return absl::InternalError("the script " + std::string(script) + " answered in another form");
}

absl::StatusOr<int64_t> IntegerAt(const std::vector<redis::Reply>& reply, size_t at,
                                  std::string_view script) {
  if (at >= reply.size()) return Surprise(script);
  return reply[at].Integer();
}

// The names of an array; nothing for nil.
absl::StatusOr<std::vector<std::string>> Names(redis::Reply reply) {
  std::vector<std::string> names;
  if (reply.IsNil()) return names;
  absl::StatusOr<std::vector<redis::Reply>> elements = reply.TakeArray();
  if (!elements.ok()) return elements.status();
  for (redis::Reply& element : *elements) {
    absl::StatusOr<std::string> name = element.TakeText();
    if (!name.ok()) return name.status();
    names.push_back(*std::move(name));
  }
  return names;
}

// Who wrote the record can read it.
Settlement ForANewerWorker(const Lease& lease, absl::Time now) {
  Settlement settlement;
  settlement.lease = lease;
  settlement.kind = Settlement::Kind::kRelease;
  settlement.visible = now + kNewerWait;
  return settlement;
}

}  // namespace

struct Leases::Claimed {
  bool moved = false;
  absl::Time next_due;
  std::vector<LeasedJob> jobs;  // Without their records; of class 0 without the tenant.
};

Leases::Leases(redis::Client& client, const Keys& keys, ServerClock& clock)
    : client_(client),
      keys_(keys),
      clock_(clock),
      lanes_(static_cast<size_t>(keys.shards()), std::make_shared<const Lanes>()) {}

redis::Command Leases::ClaimCommand(int shard, std::string_view classes, int max, bool arm,
                                    const Lanes& known) const {
  const auto& [notices, general] = known;
  const bool lanes = classes != "0";
  const size_t count = lanes ? notices.size() + general.size() : 0;
  redis::Command command = CallOf(ScriptNamed("claim"), 4 + count);
  command.Add(keys_.Lane(shard, MailClass::kCode, ""));
  command.Add(keys_.Ring(shard, MailClass::kNotice)).Add(keys_.Ring(shard, MailClass::kGeneral));
  command.Add(keys_.Armed(shard));
  if (lanes) {
    for (const auto& tenant : notices) command.Add(keys_.Lane(shard, MailClass::kNotice, tenant));
    for (const auto& tenant : general) command.Add(keys_.Lane(shard, MailClass::kGeneral, tenant));
  }
  command.Add(std::clamp(max, 1, kClaimMax)).Add(classes).Add(arm ? 1 : 0).Add(kQuantum);
  command.Add(absl::ToInt64Milliseconds(kLease)).Add(kLanesKnown).Add(lanes ? notices.size() : 0);
  if (lanes) command.AddAll(notices).AddAll(general);
  return command;
}

absl::StatusOr<Leases::Claimed> Leases::ReadClaim(int shard, std::vector<redis::Reply> reply,
                                                  const Lanes& known) {
  const auto& [notices, general] = known;
  const absl::StatusOr<int64_t> status = IntegerAt(reply, 0, "claim");
  const absl::StatusOr<int64_t> next_ms = IntegerAt(reply, 1, "claim");
  if (!status.ok()) return status.status();
  if (!next_ms.ok()) return next_ms.status();
  if (reply.size() < 4 || reply.size() % 3 != 1) return Surprise("claim");
  Claimed claimed;
  claimed.moved = *status == 1;
  claimed.next_due = *next_ms < 0 ? absl::InfiniteFuture() : FromMillis(*next_ms);
  claimed.jobs.reserve(reply.size() / 3);
  for (size_t at = 4; at < reply.size(); at += 3) {
    absl::StatusOr<std::string> id = reply[at].TakeText();
    const absl::StatusOr<int64_t> score = reply[at + 1].Integer();
    const absl::StatusOr<int64_t> lane = reply[at + 2].Integer();
    if (!id.ok() || !score.ok() || !lane.ok()) return Surprise("claim");
    const size_t number = static_cast<size_t>(*lane);
    if (number > notices.size() + general.size()) return Surprise("claim");
    LeasedJob& job = claimed.jobs.emplace_back();
    const Score unpacked = Unpack(*score);
    job.lease.id = *std::move(id);
    job.lease.shard = shard;
    job.lease.claims = unpacked.claims;
    job.dot = unpacked.dot;
    if (number > notices.size()) {
      job.lease.mail_class = MailClass::kGeneral;
      job.lease.tenant = general[number - notices.size() - 1];
    } else if (number > 0) {
      job.lease.mail_class = MailClass::kNotice;
      job.lease.tenant = notices[number - 1];
    }
  }
  absl::StatusOr<std::vector<std::string>> learned[2] = {Names(std::move(reply[2])),
                                                         Names(std::move(reply[3]))};
  if (!learned[0].ok() || !learned[1].ok()) return Surprise("claim");
  if (!learned[0]->empty() || !learned[1]->empty()) {
    auto next = std::make_shared<Lanes>(known);
    if (!learned[0]->empty()) next->notices = *std::move(learned[0]);
    if (!learned[1]->empty()) next->general = *std::move(learned[1]);
    lanes_[static_cast<size_t>(shard)] = std::move(next);
  }
  return claimed;
}

Task<absl::StatusOr<ClaimAnswer>> Leases::Claim(int shard, MailClass first, int max, bool arm,
                                                bool only) {
  Claimed claimed;
  for (int asked = 0; asked == 0 || (claimed.moved && asked <= kMovedMax); ++asked) {
    // Other claims of this shard may learn lanes meanwhile; the answer counts in these.
    const std::shared_ptr<const Lanes> known = lanes_[static_cast<size_t>(shard)];
    redis::Command command = ClaimCommand(shard, ClassOrder(first, only), max, arm, *known);
    ScriptCall call(client_, clock_, ScriptNamed("claim"), std::move(command));
    absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
    if (!reply.ok()) co_return reply.status();
    absl::StatusOr<Claimed> read = ReadClaim(shard, *std::move(reply), *known);
    if (!read.ok()) co_return read.status();
    claimed = *std::move(read);
  }
  ClaimAnswer answer;
  answer.next_due = claimed.next_due;
  if (!claimed.jobs.empty()) {
    const absl::Status opened = co_await Open(shard, std::move(claimed), &answer);
    if (!opened.ok()) co_return opened;
    co_await NoteSuppressed(shard, &answer);
  }
  co_return answer;
}

// Reads the records of claimed jobs. Those that have none to be sent are dealt with here.
Task<absl::Status> Leases::Open(int shard, Claimed claimed, ClaimAnswer* answer) {
  redis::Command get("MGET");
  for (const LeasedJob& job : claimed.jobs) get.Add(keys_.Message(shard, job.lease.id));
  // Asked again: what was leased and is not read is held by nobody until the lease ends.
  absl::StatusOr<redis::Reply> reply = co_await client_.Call(get);
  if (!reply.ok()) reply = co_await client_.Call(std::move(get));
  if (!reply.ok()) co_return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> records = reply->TakeArray();
  if (!records.ok()) co_return records.status();
  if (records->size() != claimed.jobs.size()) co_return Surprise("MGET");
  std::vector<Settlement> repairs;
  std::vector<Settlement> set_aside;
  for (size_t i = 0; i < claimed.jobs.size(); ++i) {
    LeasedJob& job = claimed.jobs[i];
    absl::StatusOr<Record> record = Decode((*records)[i].raw_text(), job.lease.id);
    if ((*records)[i].IsNil() || (record.ok() && IsTerminal(record->head.state))) {
      repairs.emplace_back().lease = job.lease;
      continue;
    }
    if (!record.ok()) {
      ++answer->unreadable;
      const bool newer = absl::IsFailedPrecondition(record.status());
      if (newer ? job.lease.claims < kClaimsMax : job.lease.claims <= kLostLeasesMax) {
        if (newer) set_aside.push_back(ForANewerWorker(job.lease, clock_.Now()));
        continue;
      }
      Settlement& park = set_aside.emplace_back();
      park.lease = job.lease;
      park.kind = Settlement::Kind::kPark;
      continue;
    }
    job.record = *std::move(record);
    if (job.lease.mail_class == MailClass::kCode) job.lease.tenant = job.record.facts.tenant();
    job.lost_leases = std::max(job.lease.claims - 1 - job.record.head.settled, 0);
    answer->jobs.push_back(std::move(job));
  }
  answer->repaired = static_cast<int>(repairs.size());
  if (!repairs.empty()) {
    std::vector<std::string> packed;
    std::vector<const Settlement*> told;
    for (const Settlement& repair : repairs) packed.push_back(EncodeRepair(repair.lease));
    for (const Settlement& repair : repairs) told.push_back(&repair);
    ScriptCall call = StartSettle(shard, packed, told);
    // What this leaves behind, the next claim finds again.
    const absl::StatusOr<std::vector<redis::Reply>> repaired = co_await call.Wait();
    if (!repaired.ok()) answer->repaired = 0;
  }
  if (!set_aside.empty()) {
    const absl::StatusOr<std::vector<Settled>> settled = co_await Settle(std::move(set_aside));
    if (!settled.ok()) answer->next_due = std::min(answer->next_due, clock_.Now() + kLease);
  }
  co_return absl::OkStatus();
}

ScriptCall Leases::StartRenew(int shard, const std::vector<const Lease*>& leases) {
  std::vector<std::string> lanes;
  std::vector<size_t> lane_of;
  for (const Lease* lease : leases) {
    const std::string lane = keys_.Lane(shard, lease->mail_class, lease->tenant);
    const auto found = std::find(lanes.begin(), lanes.end(), lane);
    lane_of.push_back(static_cast<size_t>(found - lanes.begin()) + 1);
    if (found == lanes.end()) lanes.push_back(lane);
  }
  const redis::Script& script = ScriptNamed("renew");
  redis::Command command = CallOf(script, lanes.size());
  command.AddAll(lanes).Add(absl::ToInt64Milliseconds(kLease));
  for (size_t i = 0; i < leases.size(); ++i) {
    command.Add(lane_of[i]).Add(leases[i]->id).Add(leases[i]->claims);
  }
  return ScriptCall(client_, clock_, script, std::move(command));
}

Task<absl::Status> Leases::Renew(std::span<const Lease> leases) {
  std::map<int, std::vector<const Lease*>> by_shard;
  std::vector<ScriptCall> calls;
  for (const Lease& lease : leases) {
    std::vector<const Lease*>& batch = by_shard[lease.shard];
    batch.push_back(&lease);
    if (batch.size() < static_cast<size_t>(kSettleMax)) continue;
    calls.push_back(StartRenew(lease.shard, batch));
    batch.clear();
  }
  for (const auto& [shard, batch] : by_shard) {
    if (!batch.empty()) calls.push_back(StartRenew(shard, batch));
  }
  absl::Status status;
  for (ScriptCall& call : calls) {
    const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
    status.Update(reply.status());
  }
  co_return status;
}

FenceCall Leases::StartFence(const Lease& lease) {
  const redis::Script& script = ScriptNamed("fence");
  redis::Command command = CallOf(script, 2);
  command.Add(keys_.Lane(lease.shard, lease.mail_class, lease.tenant));
  command.Add(keys_.Message(lease.shard, lease.id)).Add(lease.id).Add(lease.claims);
  command.Add(absl::ToInt64Milliseconds(kLease)).Add(absl::ToInt64Milliseconds(kFenceMargin));
  return FenceCall(ScriptCall(client_, clock_, script, std::move(command)));
}

Task<absl::StatusOr<Fenced>> FenceCall::WaitFor(ScriptCall call) {
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  const absl::StatusOr<int64_t> verdict = IntegerAt(*reply, 0, "fence");
  if (!verdict.ok()) co_return verdict.status();
  if (*verdict < 0 || *verdict > 3) co_return Surprise("fence");
  co_return static_cast<Fenced>(*verdict);
}

// Whose recipients are suppressed by now. Where Redis does not answer they are sent, as without a
// list.
Task<void> Leases::NoteSuppressed(int shard, ClaimAnswer* answer) {
  redis::Command get("MGET");
  std::vector<LeasedJob*> asked;
  const int64_t enqueued_max = clock_.NowMillis() - kFreshMillis;
  for (LeasedJob& job : answer->jobs) {
    const std::string& recipient = job.record.facts.mailbox_hash();
    if (recipient.empty() || job.record.head.create_ms > enqueued_max) continue;
    get.Add(keys_.Suppression(shard, job.lease.tenant, recipient));
    asked.push_back(&job);
  }
  if (asked.empty()) co_return;
  absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(get));
  if (!reply.ok()) co_return;
  const absl::StatusOr<std::vector<redis::Reply>> found = reply->TakeArray();
  if (!found.ok() || found->size() != asked.size()) co_return;
  for (size_t i = 0; i < asked.size(); ++i) {
    const redis::Reply& one = (*found)[i];
    if (one.IsNil() || one.IsError()) continue;
    const bool code = asked[i]->lease.mail_class == MailClass::kCode;
    asked[i]->suppressed = !code || !IsSoft(one.raw_text());
  }
}

ScriptCall Leases::StartSettle(int shard, std::span<const std::string> packed,
                               std::span<const Settlement* const> settlements) {
  std::vector<std::string> keys = {keys_.Events(shard),
                                   keys_.Parked(shard),
                                   keys_.Armed(shard),
                                   keys_.Ring(shard, MailClass::kNotice),
                                   keys_.Ring(shard, MailClass::kGeneral),
                                   keys_.Held(shard)};
  for (const Settlement* settlement : settlements) {
    const Lease& lease = settlement->lease;
    keys.push_back(keys_.Lane(shard, lease.mail_class, lease.tenant));
    keys.push_back(keys_.Message(shard, lease.id));
    keys.push_back(keys_.Attempts(shard, lease.id));
    const std::string& verification = settlement->verification_id;
    if (!verification.empty()) keys.push_back(keys_.Message(shard, FirstMailOf(verification)));
    const std::string_view suppressed = SuppressionOf(*settlement);
    if (!suppressed.empty()) {
      keys.push_back(keys_.Suppression(shard, lease.tenant, suppressed));
      keys.push_back(keys_.Suppressions(shard, lease.tenant));
    }
    if (settlement->attachments) keys.push_back(keys_.Attachments(shard, lease.id));
  }
  const redis::Script& script = ScriptNamed("settle");
  redis::Command command = CallOf(script, keys.size());
  command.AddAll(keys);
  command.Add(absl::ToInt64Milliseconds(kRetention));
  command.AddAll(packed);
  return ScriptCall(client_, clock_, script, std::move(command));
}

Task<absl::StatusOr<std::vector<Settled>>> Leases::Settle(std::vector<Settlement> settlements) {
  std::map<int, std::vector<size_t>> by_shard;
  for (size_t i = 0; i < settlements.size(); ++i) {
    by_shard[settlements[i].lease.shard].push_back(i);
  }
  std::vector<std::pair<ScriptCall, std::vector<size_t>>> calls;
  for (const auto& [shard, all] : by_shard) {
    for (size_t from = 0; from < all.size(); from += kSettleMax) {
      const size_t to = std::min(all.size(), from + kSettleMax);
      std::vector<size_t> batch(all.begin() + static_cast<ptrdiff_t>(from),
                                all.begin() + static_cast<ptrdiff_t>(to));
      std::vector<std::string> packed;
      std::vector<const Settlement*> told;
      for (const size_t i : batch) {
        packed.push_back(EncodeSettlement(settlements[i], keys_.shards()));
        told.push_back(&settlements[i]);
      }
      calls.emplace_back(StartSettle(shard, packed, told), std::move(batch));
    }
  }
  std::vector<Settled> answer(settlements.size(), Settled::kStale);
  absl::Status status;
  for (auto& [call, batch] : calls) {
    absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
    if (reply.ok() && reply->size() != batch.size()) reply = Surprise("settle");
    status.Update(reply.status());
    for (size_t i = 0; reply.ok() && i < batch.size(); ++i) {
      const absl::StatusOr<int64_t> settled = (*reply)[i].Integer();
      status.Update(settled.status());
      if (settled.ok()) answer[batch[i]] = static_cast<Settled>(*settled);
    }
  }
  if (!status.ok()) co_return status;
  co_return answer;
}

}  // namespace posthaste::queue
