#include "service/queue/late_bounces.h"

#include <utility>
#include <vector>

#include "service/queue/ids.h"
#include "service/queue/leases.h"
#include "service/queue/scripts.h"
#include "service/queue/settlement.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kVerification = 1, kSuppression = 2;  // Flags of report_bounce.lua.

}  // namespace

Task<absl::StatusOr<Reported>> LateBounces::Report(std::string tenant, std::string id,
                                                   LateBounce bounce) {
  const absl::StatusOr<std::optional<MessageView>> view = co_await messages_.Get(tenant, id);
  if (!view.ok()) co_return view.status();
  if (!view->has_value()) co_return Reported::kNotFound;
  const Record& record = (*view)->record;
  const int shard = *ParseId('m', id, keys_.shards());
  std::vector<std::string> keys = {keys_.Message(shard, id), keys_.Events(shard)};
  uint8_t flags = 0;
  if (!record.facts.verification_id().empty()) {
    flags |= kVerification;
    keys.push_back(keys_.Message(shard, FirstMailOf(record.facts.verification_id())));
  }
  const bool suppresses = bounce.suppress.has_value() && !record.facts.mailbox_hash().empty();
  if (suppresses) {
    flags |= kSuppression;
    bounce.suppress->mailbox_hash = record.facts.mailbox_hash();
    bounce.suppress->note.masked_recipient = record.facts.masked_recipient();
    bounce.suppress->note.message_id = id;
    keys.push_back(keys_.Suppression(shard, tenant, record.facts.mailbox_hash()));
    keys.push_back(keys_.Suppressions(shard, tenant));
  }
  store::v1::Result result = record.result;
  result.set_last_reply(bounce.reply.substr(0, kFinalReplyBytesMax));
  const std::string numbers = Packer()
                                  .U8(static_cast<uint8_t>(bounce.failure_class))
                                  .U8(static_cast<uint8_t>(bounce.scope))
                                  .U8(flags)
                                  .bytes();
  const redis::Script& script = ScriptNamed("report_bounce");
  redis::Command command = CallOf(script, keys.size());
  command.AddAll(keys).Add(id).Add(tenant).Add(numbers).Add(result.SerializeAsString());
  if (suppresses) {
    command.Add(EncodeNumbers(*bounce.suppress, keys_.shards())).Add(EncodeFacts(*bounce.suppress));
  }
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<int64_t> verdict = co_await call.WaitForNumber();
  if (!verdict.ok()) co_return verdict.status();
  if (*verdict < 0 || *verdict > 4) co_return absl::InternalError("report_bounce: unknown answer");
  co_return static_cast<Reported>(*verdict);
}

}  // namespace posthaste::queue
