#include "service/queue/admit_call.h"

#include <algorithm>
#include <string>
#include <vector>

#include "service/queue/call.h"
#include "service/queue/ids.h"
#include "service/queue/recipient.h"
#include "service/queue/scripts.h"
#include "service/queue/verification_record.h"

namespace posthaste::queue {
namespace {

// Flags of admit.lua and check.lua.
constexpr int kSuppression = 1, kVerification = 2, kSupersedes = 4, kWithdraws = 8, kGroup = 16,
              kOlder = 32, kResends = 64, kAttached = 128;
constexpr int kRequest = 1, kMail = 2;

// Names a limit among those of its key: FNV-1a, the same in every version and process.
uint32_t TagOf(std::string_view name) {
  uint32_t hash = 2166136261U;
  for (const char byte : name) hash = (hash ^ static_cast<uint8_t>(byte)) * 16777619U;
  return hash;
}

// Tag and microseconds per item, rounded up: never more than `count` in a period.
void PackLimit(const RateLimit& limit, Packer& packer) {
  const int64_t period = absl::ToInt64Microseconds(limit.period);
  const int64_t count = std::max<int64_t>(limit.count, 1);
  const int64_t interval = (period + count - 1) / count;
  packer.U32(TagOf(limit.name)).I64(interval).I64(interval * count);
}

// The distinct keys of limits, in order.
std::vector<std::string_view> LimitKeys(const std::vector<RateLimit>& limits) {
  std::vector<std::string_view> all;
  for (const RateLimit& limit : limits) {
    if (std::find(all.begin(), all.end(), limit.key) == all.end()) all.push_back(limit.key);
  }
  return all;
}

MailClass ClassOf(char digit) { return static_cast<MailClass>(digit - '0'); }

void AddVerificationKeys(const Keys& keys, int shard, const AdmitRequest& request,
                         std::vector<std::string>& all) {
  const VerificationChange& change = *request.verification;
  if (change.expected_revision > 0) {
    all.push_back(keys.Message(shard, FirstMailOf(change.next.id)));
  }
  if (!change.superseded_id.empty()) {
    all.push_back(keys.Message(shard, FirstMailOf(change.superseded_id)));
  }
  if (!change.withdraw_message_id.empty()) {
    all.push_back(keys.Message(shard, change.withdraw_message_id));
    all.push_back(keys.Lane(shard, change.withdraw_class, request.tenant));
  }
}

std::vector<std::string> AdmitKeys(const Keys& keys, int shard, const AdmitRequest& request,
                                   std::string_view newest) {
  const MailClass mail_class = request.record.head.mail_class;
  std::vector<std::string> all = {keys.Message(shard, request.id),
                                  keys.Lane(shard, mail_class, request.tenant),
                                  keys.Recipient(shard, request.mailbox_hash),
                                  keys.Events(shard),
                                  keys.Armed(shard),
                                  keys.Suppression(shard, request.tenant, request.mailbox_hash),
                                  keys.Parked(shard)};
  if (mail_class != MailClass::kCode) all.push_back(keys.Ring(shard, mail_class));
  if (request.verification.has_value()) AddVerificationKeys(keys, shard, request, all);
  if (!request.supersede_group.empty()) {
    all.push_back(keys.Newest(shard, request.supersede_group));
    if (!newest.empty()) {
      all.push_back(keys.Message(shard, newest.substr(1)));
      all.push_back(keys.Lane(shard, ClassOf(newest.front()), request.tenant));
      all.push_back(keys.Attachments(shard, newest.substr(1)));
    }
  }
  if (!request.attachments.empty()) all.push_back(keys.Attachments(shard, request.id));
  for (const std::string_view key : LimitKeys(request.limits))
    all.push_back(keys.Recipient(shard, key));
  return all;
}

int AdmitFlags(const AdmitRequest& request, std::string_view newest) {
  int flags = request.check_suppression ? kSuppression : 0;
  if (request.verification.has_value()) {
    flags |= kVerification;
    if (request.verification->expected_revision > 0) flags |= kResends;
    if (!request.verification->superseded_id.empty()) flags |= kSupersedes;
    if (!request.verification->withdraw_message_id.empty()) flags |= kWithdraws;
  }
  if (!request.supersede_group.empty()) flags |= newest.empty() ? kGroup : kGroup | kOlder;
  if (!request.attachments.empty()) flags |= kAttached;
  return flags;
}

// Letter and shard of a verification are known to whoever knows the recipient.
std::string_view BodyOf(std::string_view id) { return id.substr(std::min(id.size(), size_t{3})); }

// The group, the verification that it points at from now on, and the one that it pointed at.
std::string PointerOf(const VerificationChange& change) {
  std::string pointer = change.group.substr(0, kGroupBytes);
  pointer.resize(kGroupBytes, '\0');
  return pointer.append(BodyOf(change.next.id)).append(BodyOf(change.expected_current));
}

// The record as it is stored: a verification that is new begins with it.
std::string RecordOf(const AdmitRequest& request) {
  const bool begins =
      request.verification.has_value() && request.verification->expected_revision == 0;
  if (!begins) return Encode(request.record, request.id);
  Record record = request.record;
  record.verification = EncodeVerification(request.verification->next);
  return Encode(record, request.id);
}

}  // namespace

redis::Command AdmitCall(const Keys& keys, const AdmitRequest& request, std::string_view newest) {
  const int shard = ParseId('m', request.id, keys.shards()).value_or(0);
  const std::vector<std::string> all = AdmitKeys(keys, shard, request, newest);
  const VerificationChange none;
  const VerificationChange& change =
      request.verification.has_value() ? *request.verification : none;
  const int64_t visible_ms = ToMillis(request.visible);
  Packer numbers;
  numbers.I64(Pack({.visible_ms = visible_ms}))
      .I64(visible_ms)
      .U32(static_cast<uint32_t>(std::clamp<int64_t>(request.queued_max, 0, UINT32_MAX)))
      .U8(static_cast<uint8_t>(AdmitFlags(request, newest)))
      .U8(static_cast<uint8_t>(request.limits.size()))
      .I64(change.expected_revision)
      .I64(change.superseded_revision)
      .I64(change.next.expire_ms);
  Packer limits;
  const std::vector<std::string_view> limit_keys = LimitKeys(request.limits);
  for (const RateLimit& limit : request.limits) {
    const auto place = std::find(limit_keys.begin(), limit_keys.end(), limit.key);
    limits.U8(static_cast<uint8_t>(place - limit_keys.begin()));
    PackLimit(limit, limits);
  }

  redis::Command command = CallOf(ScriptNamed("admit"), all.size());
  command.AddAll(all);
  command.Add(request.id)
      .Add(request.tenant)
      .Add(RecordOf(request))
      .Add(numbers.bytes())
      .Add(limits.bytes());
  const bool verifies = request.verification.has_value();
  command.Add(newest).Add(verifies ? PointerOf(change) : std::string());
  command.Add(change.withdraw_message_id);
  if (verifies && change.expected_revision > 0) command.Add(EncodeVerification(change.next));
  if (!request.attachments.empty()) command.Add(request.attachments);
  return command;
}

redis::Command CheckCall(const Keys& keys, int shard, const CheckRequest& request) {
  std::vector<std::string> all = {keys.Message(shard, FirstMailOf(request.verification_id)),
                                  keys.Limit(shard, request.failure_key), keys.Events(shard),
                                  keys.Parked(shard)};
  int flags = 0;
  if (!request.request_key.empty()) {
    flags |= kRequest;
    all.push_back(keys.Check(shard, request.request_key));
  }
  if (!request.message_id.empty()) {
    flags |= kMail;
    all.push_back(keys.Message(shard, request.message_id));
    all.push_back(keys.Lane(shard, MailClass::kCode, ""));
  }
  Packer numbers;
  numbers.I64(request.revision)
      .U8(static_cast<uint8_t>(flags))
      .U8(static_cast<uint8_t>(request.verdict))
      .U32(static_cast<uint32_t>(std::clamp<int64_t>(request.failures_max, 0, UINT32_MAX)))
      .I64(absl::ToInt64Milliseconds(request.failure_period));
  std::string fingerprint = request.request_fingerprint;
  fingerprint.resize(16, '\0');
  redis::Command command = CallOf(ScriptNamed("check"), all.size());
  command.AddAll(all);
  command.Add(request.tenant).Add(numbers.bytes()).Add(fingerprint).Add(request.message_id);
  return command;
}

redis::Command LimitCall(const RateLimit& limit) {
  Packer numbers;
  PackLimit(limit, numbers);
  redis::Command command = CallOf(ScriptNamed("take_limit"), 1);
  command.Add(Keys::ClientLimit(limit.key)).Add(numbers.bytes());
  return command;
}

}  // namespace posthaste::queue
