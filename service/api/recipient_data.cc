#include "service/api/recipient_data.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/page_token.h"
#include "service/api/person.h"
#include "service/api/suppressions.h"
#include "service/queue/ids.h"
#include "smtp/transcript.h"

namespace posthaste::api {
namespace {

constexpr int kPageDefault = 20, kPageMax = 50;  // With 16 attempts each: below 4 MiB.

// The page of messages with their attempts.
Task<absl::Status> ShowMessages(Call& call, const Person& person, int size, std::string token,
                                v1::ExportRecipientResponse& response) {
  queue::Messages& messages = call.backend.store->messages();
  const std::string& tenant = call.caller.tenant;
  const absl::StatusOr<queue::MessagePage> page = co_await messages.ListByRecipient(
      tenant, person.shard, person.mailbox_hash, size, std::move(token));
  if (absl::IsInvalidArgument(page.status()))
    co_return Invalid("page_token", "FIELD_INVALID", "is none of this list's");
  if (!page.ok()) co_return FromStore(page.status());
  for (const queue::MessageView& view : page->messages) {
    v1::RecipientMessage& message = *response.add_messages();
    *message.mutable_message() = ToMessage(view.id, view.record, view.score);
    if (view.record.head.attempts == 0) continue;
    const absl::StatusOr<std::optional<std::vector<store::v1::AttemptRecord>>> attempts =
        co_await messages.Attempts(tenant, view.id);
    if (!attempts.ok()) co_return FromStore(attempts.status());
    if (!attempts->has_value()) continue;
    for (const store::v1::AttemptRecord& attempt : **attempts)
      *message.add_attempts() = ToAttempt(attempt);
  }
  const Shared& shared = *call.backend.shared;
  response.set_next_page_token(
      SealToken(page->next, tenant, shared.hash_key.Reveal(), *shared.random));
  co_return absl::OkStatus();
}

// Of the current ones and those of remembered messages, each that is still known.
Task<absl::Status> ShowVerifications(Call& call, const queue::Recipient& recipient,
                                     v1::ExportRecipientResponse& response) {
  queue::Store& store = *call.backend.store;
  std::set<std::string> ids;
  for (const queue::Recipient::Current& current : recipient.current)
    ids.insert(current.verification_id);
  for (const queue::PastMessage& message : recipient.messages)
    ids.insert(queue::VerificationIdOf(message.id));
  for (const std::string& id : ids) {
    const absl::StatusOr<std::optional<queue::VerificationRecord>> record =
        co_await store.admission().GetVerification(id);
    if (absl::IsNotFound(record.status())) continue;
    if (!record.ok()) co_return FromStore(record.status());
    if (record->has_value())
      *response.add_verifications() = ToVerification(**record, store.clock().Now());
  }
  co_return absl::OkStatus();
}

Task<absl::Status> ShowLimits(Call& call, const Person& person, const queue::Recipient& bucket,
                              v1::ExportRecipientResponse& response) {
  queue::Store& store = *call.backend.store;
  const int64_t now_us = absl::ToUnixMicros(store.clock().Now());
  int64_t last_us = 0;
  for (const int64_t until_us : bucket.limits_us) {
    if (until_us > now_us) response.set_limits(response.limits() + 1);
    last_us = std::max(last_us, until_us);
  }
  if (response.limits() > 0) SetMillis(last_us / 1000, response.mutable_limits_end_time());
  std::set<std::string> purposes;
  for (const v1::Verification& verification : response.verifications())
    purposes.insert(verification.purpose());
  for (const std::string& purpose : purposes) {
    const absl::StatusOr<int64_t> guesses = co_await store.WrongGuesses(
        person.shard,
        FailureKeyOf(person, call.caller.tenant, purpose, call.backend.shared->hash_key.Reveal()));
    if (!guesses.ok()) co_return FromStore(guesses.status());
    if (*guesses > 0) (*response.mutable_wrong_guesses())[purpose] = *guesses;
  }
  co_return absl::OkStatus();
}

// What is no message: on the first page only.
Task<absl::Status> ShowRest(Call& call, const Person& person,
                            v1::ExportRecipientResponse& response) {
  queue::Store& store = *call.backend.store;
  const absl::StatusOr<queue::Recipient> recipient =
      co_await store.Recall(person.shard, person.mailbox_hash);
  absl::StatusOr<queue::Recipient> bucket = recipient;
  if (!recipient.ok()) co_return FromStore(recipient.status());
  absl::Status shown = co_await ShowVerifications(call, *recipient, response);
  if (!shown.ok()) co_return shown;
  if (person.bucket_hash != person.mailbox_hash)
    bucket = co_await store.Recall(person.shard, person.bucket_hash);
  if (!bucket.ok()) co_return FromStore(bucket.status());
  shown = co_await ShowLimits(call, person, *bucket, response);
  if (!shown.ok()) co_return shown;
  const absl::StatusOr<std::optional<queue::SuppressionView>> suppression =
      co_await store.suppressions().Get(call.caller.tenant,
                                        queue::SuppressionId(person.shard, person.mailbox_hash));
  if (!suppression.ok()) co_return FromStore(suppression.status());
  if (suppression->has_value()) *response.mutable_suppression() = ToSuppression(**suppression);
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::Status> HandleExportRecipient(Call& call, const v1::ExportRecipientRequest& request,
                                         v1::ExportRecipientResponse& response) {
  Fields fields;
  const std::optional<Mailbox> mailbox = fields.Recipient(request.recipient());
  const int size = fields.PageSize(request.page_size(), kPageMax, kPageDefault);
  std::optional<std::string> token =
      OpenToken(request.page_token(), call.caller.tenant, call.backend.shared->hash_key.Reveal());
  if (!token) fields.Add("page_token", "FIELD_INVALID", "is none of this list's");
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const Person person = PersonOf(call, *mailbox);
  response.set_recipient_hash(Hex(person.mailbox_hash));
  absl::Status shown = co_await ShowMessages(call, person, size, *std::move(token), response);
  if (!shown.ok() || !request.page_token().empty()) co_return shown;
  shown = co_await ShowRest(call, person, response);
  if (shown.ok()) RecipientExported(call.caller.tenant, call.caller.key, person.mailbox_hash);
  co_return shown;
}

Task<absl::Status> HandleForgetRecipient(Call& call, const v1::ForgetRecipientRequest& request,
                                         v1::ForgetRecipientResponse& response) {
  Fields fields;
  const std::optional<Mailbox> mailbox = fields.Recipient(request.recipient());
  fields.Reason(request.reason(), true);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const Person person = PersonOf(call, *mailbox);
  queue::ForgetRequest forget{call.caller.tenant, person.shard, person.mailbox_hash};
  const absl::StatusOr<queue::ForgetAnswer> answer =
      co_await call.backend.store->Forget(std::move(forget));
  if (!answer.ok()) co_return FromStore(answer.status());
  response.set_messages(static_cast<int32_t>(answer->messages));
  response.set_under_way(static_cast<int32_t>(answer->under_way));
  response.set_suppressed(answer->suppressed);
  RecipientForgotten(call.caller.tenant, call.caller.key, person.mailbox_hash, answer->messages,
                     smtp::RedactAddresses(request.reason()));
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
