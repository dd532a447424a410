#include "service/api/verifications.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/narrowing.h"
#include "service/api/order.h"
#include "service/api/send.h"
#include "service/queue/ids.h"

namespace posthaste::api {
namespace {

absl::Status NoVerification(const std::string& id) {
  return Missing("VERIFICATION_NOT_FOUND", "posthaste.v1.Verification", id);
}

absl::Status CheckId(const std::string& id) {
  Fields fields;
  fields.Id("verification_id", id, 'v');
  return fields.Done();
}

// This tenant's verification of that id.
Task<absl::StatusOr<queue::VerificationRecord>> Find(Call& call, const std::string& id) {
  absl::StatusOr<std::optional<queue::VerificationRecord>> found =
      co_await call.backend.store->admission().GetVerification(id);
  if (!found.ok()) co_return FromStore(found.status());
  if (!found->has_value() || (*found)->tenant != call.caller.tenant ||
      !AllowsPurpose(call.caller, (*found)->purpose))
    co_return NoVerification(id);
  co_return **std::move(found);
}

// The state of a code's mail, as a caller may know it: that one was suppressed, or a decoy, is for
// who may read messages.
v1::Message::State ShownTo(const Caller& caller, v1::Message::State state) {
  const bool hidden = state == v1::Message::SUPPRESSED && !caller.scopes.contains("messages.read");
  return hidden ? v1::Message::ACCEPTED : state;
}

// The verification with the state of its newest mail.
Task<v1::Verification> Show(Call& call, const queue::VerificationRecord& record) {
  v1::Verification verification = ToVerification(record, call.backend.store->clock().Now());
  const absl::StatusOr<std::optional<queue::MessageView>> mail =
      co_await call.backend.store->messages().Get(call.caller.tenant, record.message_id);
  if (mail.ok() && mail->has_value()) {
    verification.set_message_state(ShownTo(call.caller, queue::ShownState(**mail)));
  }
  co_return verification;
}

Task<absl::Status> SendAndShow(Call& call, absl::StatusOr<SendOrder> order,
                               v1::Verification& response) {
  if (!order.ok()) co_return order.status();
  order->traceparent = call.traceparent;
  const absl::StatusOr<Sent> sent = co_await Send(call, *order);
  if (!sent.ok()) co_return sent.status();
  call.replay = sent->replay;
  if (sent->verification) {
    response = ToVerification(*sent->verification, call.backend.store->clock().Now());
    response.set_created(sent->created);
    response.set_message_id(sent->message_id);
    response.set_message_state(ShownTo(call.caller, sent->record->head.state));
  }
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::Status> HandleSendVerificationCode(Call& call,
                                              const v1::SendVerificationCodeRequest& request,
                                              v1::Verification& response) {
  absl::StatusOr<SendOrder> order =
      CheckOrder(request, *call.tenant, call.backend.shared->hash_key.Reveal());
  co_return co_await SendAndShow(call, std::move(order), response);
}

Task<absl::Status> HandleResendVerificationCode(Call& call,
                                                const v1::ResendVerificationCodeRequest& request,
                                                v1::Verification& response) {
  absl::StatusOr<SendOrder> order =
      CheckOrder(request, *call.tenant, call.backend.shared->hash_key.Reveal());
  co_return co_await SendAndShow(call, std::move(order), response);
}

Task<absl::Status> HandleCancelVerification(Call& call,
                                            const v1::CancelVerificationRequest& request,
                                            v1::Verification& response) {
  if (absl::Status good = CheckId(request.verification_id()); !good.ok()) co_return good;
  constexpr int kTriesMax = 4;
  for (int i = 0; i < kTriesMax; ++i) {
    const absl::StatusOr<queue::VerificationRecord> record =
        co_await Find(call, request.verification_id());
    if (!record.ok()) co_return record.status();
    queue::CancelVerificationCall cancel;
    cancel.verification_id = record->id;
    cancel.tenant = record->tenant;
    cancel.message_id = record->message_id;
    cancel.revision = record->revision;
    const absl::StatusOr<queue::CheckAnswer> answer =
        co_await call.backend.store->admission().CancelVerification(cancel);
    if (!answer.ok()) co_return FromStore(answer.status());
    if (answer->kind == queue::CheckAnswer::Kind::kNotFound)
      co_return NoVerification(request.verification_id());
    if (answer->kind == queue::CheckAnswer::Kind::kRetry) continue;
    VerificationEvent(record->purpose, "cancelled");
    response = co_await Show(call, *answer->verification);
    co_return absl::OkStatus();
  }
  co_return Unavailable("STORE_UNAVAILABLE", "this verification keeps changing; ask again",
                        absl::Milliseconds(100));
}

Task<absl::Status> HandleGetVerification(Call& call, const v1::GetVerificationRequest& request,
                                         v1::Verification& response) {
  if (absl::Status good = CheckId(request.verification_id()); !good.ok()) co_return good;
  const absl::StatusOr<queue::VerificationRecord> record =
      co_await Find(call, request.verification_id());
  if (!record.ok()) co_return record.status();
  response = co_await Show(call, *record);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
