#include "service/queue/recipient_forget.h"

#include <algorithm>
#include <span>
#include <vector>

#include "service/queue/call.h"
#include "service/queue/ids.h"
#include "service/queue/recipient_read.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr size_t kStep = 50;  // Messages: a few milliseconds of Redis.
constexpr int kRoundsMax = 4;

// Of the messages, and of those that began a current verification.
std::vector<std::string> IdsOf(const Recipient& recipient) {
  std::vector<std::string> ids;
  for (const PastMessage& message : recipient.messages) ids.push_back(message.id);
  for (const Recipient::Current& current : recipient.current)
    ids.push_back(FirstMailOf(current.verification_id));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

redis::Command StepCall(const redis::Script& script, const Keys& keys, const ForgetRequest& request,
                        std::span<const std::string> ids) {
  const int shard = request.shard;
  std::vector<std::string> all = {keys.Recipient(shard, request.mailbox_hash),
                                  keys.Suppression(shard, request.tenant, request.mailbox_hash),
                                  keys.Events(shard), keys.Parked(shard), keys.Held(shard)};
  for (const MailClass mail_class : {MailClass::kCode, MailClass::kNotice, MailClass::kGeneral})
    all.push_back(keys.Lane(shard, mail_class, request.tenant));
  for (const std::string& id : ids) {
    all.push_back(keys.Message(shard, id));
    all.push_back(keys.Attempts(shard, id));
    all.push_back(keys.Attachments(shard, id));
  }
  redis::Command command = CallOf(script, all.size());
  command.AddAll(all).Add(request.tenant).AddAll(ids);
  return command;
}

Task<absl::Status> Step(redis::Client& redis, const Keys& keys, ServerClock& clock,
                        const ForgetRequest& request, std::span<const std::string> ids,
                        ForgetAnswer& answer) {
  const redis::Script& script = ScriptNamed("forget");
  ScriptCall call(redis, clock, script, StepCall(script, keys, request, ids));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() != 3) co_return absl::InternalError("forget: unknown answer");
  int64_t numbers[3] = {};
  for (size_t i = 0; i < 3; ++i) {
    const absl::StatusOr<int64_t> number = (*reply)[i].Integer();
    if (!number.ok()) co_return number.status();
    numbers[i] = *number;
  }
  answer.messages += numbers[0];
  answer.under_way += numbers[1];
  answer.suppressed = numbers[2] != 0;
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::StatusOr<ForgetAnswer>> ForgetRecipient(redis::Client& redis, const Keys& keys,
                                                   ServerClock& clock, ForgetRequest request) {
  ForgetAnswer answer;
  for (int round = 0; round < kRoundsMax; ++round) {
    const absl::StatusOr<Recipient> recipient =
        co_await ReadRecipient(redis, keys, request.shard, request.mailbox_hash);
    if (!recipient.ok()) co_return recipient.status();
    const std::vector<std::string> ids = IdsOf(*recipient);
    if (ids.empty() && round > 0) co_return answer;
    size_t done = 0;
    do {
      const size_t count = std::min(kStep, ids.size() - done);
      const absl::Status step =
          co_await Step(redis, keys, clock, request, std::span(ids).subspan(done, count), answer);
      if (!step.ok()) co_return step;
      done += count;
    } while (done < ids.size());
    if (ids.empty()) co_return answer;
  }
  co_return absl::UnavailableError("mail for this recipient keeps coming");
}

}  // namespace posthaste::queue
