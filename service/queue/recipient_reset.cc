#include "service/queue/recipient_reset.h"

#include <set>
#include <utility>

#include "service/queue/call.h"
#include "service/queue/reading.h"
#include "service/queue/recipient_read.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

Task<absl::StatusOr<std::set<std::string>>> PurposesOf(redis::Client& redis, const Keys& keys,
                                                       ServerClock& clock,
                                                       const ResetRequest& request) {
  const absl::StatusOr<Recipient> recipient =
      co_await ReadRecipient(redis, keys, request.shard, request.mailbox_hash);
  if (!recipient.ok()) co_return recipient.status();
  std::set<std::string> purposes;
  for (const Recipient::Current& current : recipient->current) {
    const absl::StatusOr<std::optional<VerificationRecord>> verification =
        co_await ReadVerification(redis, keys, clock, request.shard, current.verification_id);
    if (!verification.ok()) co_return verification.status();
    if (verification->has_value()) purposes.insert((*verification)->purpose);
  }
  co_return purposes;
}

}  // namespace

Task<absl::StatusOr<ResetAnswer>> ResetRecipient(redis::Client& redis, const Keys& keys,
                                                 ServerClock& clock, ResetRequest request) {
  const absl::StatusOr<std::set<std::string>> purposes =
      co_await PurposesOf(redis, keys, clock, request);
  if (!purposes.ok()) co_return purposes.status();
  std::vector<std::string> all = {keys.Recipient(request.shard, request.mailbox_hash)};
  if (request.bucket_hash != request.mailbox_hash)
    all.push_back(keys.Recipient(request.shard, request.bucket_hash));
  const auto recipients = static_cast<int64_t>(all.size());
  for (const std::string& purpose : *purposes)
    all.push_back(keys.Limit(request.shard, request.failure_key(purpose)));
  const redis::Script& script = ScriptNamed("reset_limits");
  redis::Command command = CallOf(script, all.size());
  command.AddAll(all).Add(recipients);
  ScriptCall call(redis, clock, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() != purposes->size() + 1)
    co_return absl::InternalError("reset_limits: unknown answer");
  ResetAnswer answer;
  size_t at = 0;
  for (const redis::Reply& element : *reply) {
    const absl::StatusOr<int64_t> number = element.Integer();
    if (!number.ok()) co_return number.status();
    if (at == 0) answer.limits = *number;
    if (at > 0 && *number > 0)
      answer.purposes.push_back(*std::next(purposes->begin(), static_cast<ptrdiff_t>(at - 1)));
    ++at;
  }
  co_return answer;
}

}  // namespace posthaste::queue
