#include "service/api/messages.h"

#include <utility>

#include "service/api/convert.h"
#include "service/api/fields.h"
#include "service/api/holds.h"
#include "service/api/page_token.h"
#include "service/api/person.h"
#include "service/queue/ids.h"

namespace posthaste::api {
namespace {

constexpr int kPageDefault = 50, kPageMax = 200;

absl::Status NoMessage(const std::string& id) {
  return Missing("MESSAGE_NOT_FOUND", "posthaste.v1.Message", id);
}

absl::Status CheckId(const std::string& id) {
  Fields fields;
  fields.Id("id", id, 'm');
  return fields.Done();
}

absl::Status CheckList(const v1::ListMessagesRequest& request, std::optional<Mailbox>& recipient,
                       int& size) {
  Fields fields;
  const bool by_state = request.state() != v1::Message::STATE_UNSPECIFIED;
  if (request.recipient().empty() == !by_state) {
    fields.Add("recipient", "RECIPIENT_INVALID", "give either recipient or state");
  } else if (!by_state) {
    recipient = fields.Recipient(request.recipient());
  }
  const bool live =
      request.state() == v1::Message::QUEUED || request.state() == v1::Message::SENDING ||
      request.state() == v1::Message::DEFERRED || request.state() == v1::Message::PARKED;
  if (by_state && !live)
    fields.Add("state", "FIELD_INVALID", "must be QUEUED, SENDING, DEFERRED or PARKED");
  size = fields.PageSize(request.page_size(), kPageMax, kPageDefault);
  return fields.Done();
}

Task<absl::StatusOr<queue::MessagePage>> ReadPage(Call& call,
                                                  const v1::ListMessagesRequest& request,
                                                  const std::optional<Mailbox>& recipient,
                                                  int size) {
  queue::Store& store = *call.backend.store;
  const std::string& tenant = call.caller.tenant;
  const std::string_view key = call.backend.shared->hash_key.Reveal();
  std::optional<std::string> token = OpenToken(request.page_token(), tenant, key);
  if (!token) co_return absl::InvalidArgumentError("page_token");
  if (!recipient)
    co_return co_await store.messages().ListByState(tenant, request.state(), size,
                                                    *std::move(token));
  const Person person = PersonOf(call, *recipient);
  co_return co_await store.messages().ListByRecipient(tenant, person.shard, person.mailbox_hash,
                                                      size, *std::move(token));
}

}  // namespace

Task<absl::StatusOr<v1::Message>> ReadMessage(Call& call, const std::string& id) {
  const absl::StatusOr<std::optional<queue::MessageView>> view =
      co_await call.backend.store->messages().Get(call.caller.tenant, id);
  if (!view.ok()) co_return FromStore(view.status());
  if (!view->has_value()) co_return NoMessage(id);
  v1::Message message = ToMessage(id, (*view)->record, (*view)->score);
  AddHoldReason(call.backend, (*view)->record, message);
  co_return message;
}

Task<absl::Status> HandleGetMessage(Call& call, const v1::GetMessageRequest& request,
                                    v1::Message& response) {
  if (absl::Status good = CheckId(request.id()); !good.ok()) co_return good;
  absl::StatusOr<v1::Message> message = co_await ReadMessage(call, request.id());
  if (!message.ok()) co_return message.status();
  response = *std::move(message);
  co_return absl::OkStatus();
}

Task<absl::Status> HandleListMessages(Call& call, const v1::ListMessagesRequest& request,
                                      v1::ListMessagesResponse& response) {
  std::optional<Mailbox> recipient;
  int size = 0;
  if (absl::Status good = CheckList(request, recipient, size); !good.ok()) co_return good;
  const absl::StatusOr<queue::MessagePage> page = co_await ReadPage(call, request, recipient, size);
  if (absl::IsInvalidArgument(page.status()))
    co_return Invalid("page_token", "FIELD_INVALID", "is none of this list's");
  if (!page.ok()) co_return FromStore(page.status());
  for (const queue::MessageView& view : page->messages) {
    v1::Message& message = *response.add_messages();
    message = ToMessage(view.id, view.record, view.score);
    AddHoldReason(call.backend, view.record, message);
  }
  const Shared& shared = *call.backend.shared;
  response.set_next_page_token(
      SealToken(page->next, call.caller.tenant, shared.hash_key.Reveal(), *shared.random));
  co_return absl::OkStatus();
}

Task<absl::Status> HandleListAttempts(Call& call, const v1::ListAttemptsRequest& request,
                                      v1::ListAttemptsResponse& response) {
  if (absl::Status good = CheckId(request.id()); !good.ok()) co_return good;
  const absl::StatusOr<std::optional<std::vector<store::v1::AttemptRecord>>> attempts =
      co_await call.backend.store->messages().Attempts(call.caller.tenant, request.id());
  if (!attempts.ok()) co_return FromStore(attempts.status());
  if (!attempts->has_value()) co_return NoMessage(request.id());
  for (const store::v1::AttemptRecord& attempt : **attempts)
    *response.add_attempts() = ToAttempt(attempt);
  co_return absl::OkStatus();
}

Task<absl::Status> HandleCancelMessage(Call& call, const v1::CancelMessageRequest& request,
                                       v1::Message& response) {
  if (absl::Status good = CheckId(request.id()); !good.ok()) co_return good;
  const absl::StatusOr<queue::Cancelled> cancelled =
      co_await call.backend.store->messages().Cancel(call.caller.tenant, request.id());
  if (!cancelled.ok()) co_return FromStore(cancelled.status());
  if (*cancelled == queue::Cancelled::kNotFound) co_return NoMessage(request.id());
  if (*cancelled == queue::Cancelled::kTooLate) {
    co_return Failed("MESSAGE_NOT_CANCELLABLE", request.id(), "its dot was sent, or it has ended");
  }
  absl::StatusOr<v1::Message> message = co_await ReadMessage(call, request.id());
  if (!message.ok()) co_return message.status();
  response = *std::move(message);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
