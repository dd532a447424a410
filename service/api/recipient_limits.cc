#include "service/api/recipient_limits.h"

#include <optional>
#include <string>
#include <utility>

#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/person.h"
#include "service/queue/recipient_reset.h"
#include "smtp/transcript.h"

namespace posthaste::api {
namespace {}  // namespace

Task<absl::Status> HandleResetRecipientLimits(Call& call,
                                              const v1::ResetRecipientLimitsRequest& request,
                                              v1::ResetRecipientLimitsResponse& response) {
  const Shared& shared = *call.backend.shared;
  Fields fields;
  const std::optional<Mailbox> mailbox = fields.Recipient(request.recipient());
  fields.Reason(request.reason(), true);
  if (shared.tenants->Find(request.tenant()) == nullptr)
    fields.Add("tenant", "FIELD_INVALID", "there is none of that name");
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  queue::Store& store = *call.backend.store;
  const Person person =
      PersonOf(*mailbox, request.tenant(), shared.hash_key.Reveal(), store.keys().shards());
  queue::ResetRequest reset;
  reset.shard = person.shard;
  reset.mailbox_hash = person.mailbox_hash;
  reset.bucket_hash = person.bucket_hash;
  reset.failure_key = [&](std::string_view purpose) {
    return FailureKeyOf(person, request.tenant(), purpose, shared.hash_key.Reveal());
  };
  const absl::StatusOr<queue::ResetAnswer> answer = co_await store.Reset(std::move(reset));
  if (!answer.ok()) co_return FromStore(answer.status());
  response.set_limits_reset(static_cast<int32_t>(answer->limits));
  response.mutable_purposes()->Add(answer->purposes.begin(), answer->purposes.end());
  RecipientUnlocked(request.tenant(), call.caller.key, person.mailbox_hash, answer->limits,
                    answer->purposes.size(), smtp::RedactAddresses(request.reason()));
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
