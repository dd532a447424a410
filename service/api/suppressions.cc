#include "service/api/suppressions.h"

#include <utility>

#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/page_token.h"
#include "service/api/person.h"
#include "service/queue/ids.h"
#include "smtp/transcript.h"

namespace posthaste::api {
namespace {

constexpr int kPageDefault = 50;
constexpr absl::Duration kTtlMin = absl::Minutes(1), kTtlMax = absl::Hours(24 * 3650);

// The id that a request means, by itself or by the address; the request is checked in passing.
template <typename Request>
std::string IdOf(const Call& call, const Request& request, Fields& fields) {
  if (request.recipient().empty() == request.id().empty()) {
    fields.Add("recipient", "RECIPIENT_INVALID", "give either recipient or id");
    return "";
  }
  if (request.recipient().empty()) {
    fields.Id("id", request.id(), 's');
    return request.id();
  }
  const std::optional<Mailbox> mailbox = fields.Recipient(request.recipient());
  if (!mailbox) return "";
  const Person person = PersonOf(call, *mailbox);
  return queue::SuppressionId(person.shard, person.mailbox_hash);
}

absl::Status NotSuppressed(const std::string& id) {
  return Missing("SUPPRESSION_NOT_FOUND", "posthaste.v1.Suppression", id);
}

std::string_view CauseName(queue::Cause cause) {
  return v1::Suppression::Cause_Name(static_cast<v1::Suppression::Cause>(cause));
}

std::optional<Mailbox> CheckCreate(const v1::CreateSuppressionRequest& request, Fields& fields) {
  std::optional<Mailbox> mailbox = fields.Recipient(request.recipient());
  if (!v1::Suppression::Cause_IsValid(request.cause())) {
    fields.Add("cause", "FIELD_INVALID", "is none of the causes");
  }
  fields.Reason(request.reason(), false);
  return mailbox;
}

}  // namespace

v1::Suppression ToSuppression(const queue::SuppressionView& view) {
  const queue::Suppression& stands = view.suppression;
  v1::Suppression suppression;
  suppression.set_id(view.id);
  suppression.set_masked_recipient(stands.note.masked_recipient);
  suppression.set_cause(static_cast<v1::Suppression::Cause>(stands.cause));
  suppression.set_soft(stands.strength == queue::Strength::kSoft);
  SetMillis(stands.create_ms, suppression.mutable_create_time());
  if (stands.expire_ms > 0) SetMillis(stands.expire_ms, suppression.mutable_expire_time());
  suppression.set_message_id(stands.note.message_id);
  suppression.set_last_reply(stands.note.reply);
  suppression.set_reason(stands.note.reason);
  suppression.set_creator(stands.note.key);
  return suppression;
}

Task<absl::Status> HandleCreateSuppression(Call& call, const v1::CreateSuppressionRequest& request,
                                           v1::Suppression& response) {
  Fields fields;
  const std::optional<Mailbox> mailbox = CheckCreate(request, fields);
  const std::optional<absl::Duration> life =
      fields.Ttl(request.has_ttl(), request.ttl(), kTtlMin, kTtlMax);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const Person person = PersonOf(call, *mailbox);
  queue::NewSuppression made;
  made.cause = request.cause() == v1::Suppression::CAUSE_UNSPECIFIED
                   ? queue::Cause::kRequested
                   : static_cast<queue::Cause>(request.cause());
  made.strength = queue::Strength::kChosen;
  if (life) made.life = *life;
  made.mailbox_hash = person.mailbox_hash;
  made.note.masked_recipient = Masked(*mailbox);
  made.note.reason = smtp::RedactAddresses(request.reason());
  made.note.key = call.caller.key;
  const std::string reason = made.note.reason;
  const absl::StatusOr<queue::Suppressed> suppressed =
      co_await call.backend.store->suppressions().Create(call.caller.tenant, person.shard,
                                                         std::move(made));
  if (!suppressed.ok()) co_return FromStore(suppressed.status());
  if (suppressed->kind == queue::Suppressed::Kind::kFull) {
    co_return Exhausted("QUEUE_FULL", "suppressions", "the suppression list is full",
                        absl::Hours(1));
  }
  response = ToSuppression(suppressed->view);
  SuppressionChanged("created", call.caller.tenant, call.caller.key, response.id(),
                     CauseName(suppressed->view.suppression.cause), reason);
  co_return absl::OkStatus();
}

Task<absl::Status> HandleGetSuppression(Call& call, const v1::GetSuppressionRequest& request,
                                        v1::Suppression& response) {
  Fields fields;
  const std::string id = IdOf(call, request, fields);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const absl::StatusOr<std::optional<queue::SuppressionView>> view =
      co_await call.backend.store->suppressions().Get(call.caller.tenant, id);
  if (!view.ok()) co_return FromStore(view.status());
  if (!view->has_value()) co_return NotSuppressed(id);
  response = ToSuppression(**view);
  co_return absl::OkStatus();
}

Task<absl::Status> HandleListSuppressions(Call& call, const v1::ListSuppressionsRequest& request,
                                          v1::ListSuppressionsResponse& response) {
  Fields fields;
  const int size =
      fields.PageSize(request.page_size(), queue::Suppressions::kPageMax, kPageDefault);
  const Shared& shared = *call.backend.shared;
  const std::string& tenant = call.caller.tenant;
  std::optional<std::string> token =
      OpenToken(request.page_token(), tenant, shared.hash_key.Reveal());
  if (!token) fields.Add("page_token", "FIELD_INVALID", "is none of this list's");
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const absl::StatusOr<queue::SuppressionPage> page =
      co_await call.backend.store->suppressions().List(tenant, size, *std::move(token));
  if (absl::IsInvalidArgument(page.status()))
    co_return Invalid("page_token", "FIELD_INVALID", "is none of this list's");
  if (!page.ok()) co_return FromStore(page.status());
  for (const queue::SuppressionView& view : page->suppressions)
    *response.add_suppressions() = ToSuppression(view);
  response.set_next_page_token(
      SealToken(page->next, tenant, shared.hash_key.Reveal(), *shared.random));
  co_return absl::OkStatus();
}

Task<absl::Status> HandleDeleteSuppression(Call& call, const v1::DeleteSuppressionRequest& request,
                                           google::protobuf::Empty&) {
  Fields fields;
  const std::string id = IdOf(call, request, fields);
  fields.Reason(request.reason(), false);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  const absl::StatusOr<std::optional<queue::SuppressionView>> gone =
      co_await call.backend.store->suppressions().Delete(call.caller.tenant, id);
  if (!gone.ok()) co_return FromStore(gone.status());
  if (!gone->has_value()) co_return NotSuppressed(id);
  const std::string reason = smtp::RedactAddresses(request.reason());
  SuppressionChanged("deleted", call.caller.tenant, call.caller.key, id,
                     CauseName((*gone)->suppression.cause), reason);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
