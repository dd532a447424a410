#include "service/api/notifications.h"

#include "service/api/convert.h"
#include "service/api/order.h"
#include "service/api/send.h"

namespace posthaste::api {
namespace {

Task<absl::Status> SendAndShow(Call& call, absl::StatusOr<SendOrder> order, v1::Message& response) {
  if (!order.ok()) co_return order.status();
  order->traceparent = call.traceparent;
  const absl::StatusOr<Sent> sent = co_await Send(call, *order);
  if (!sent.ok()) co_return sent.status();
  call.replay = sent->replay;
  if (sent->record) response = ToMessage(sent->message_id, *sent->record, std::nullopt);
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::Status> HandleSendPasswordChanged(Call& call,
                                             const v1::SendPasswordChangedRequest& request,
                                             v1::Message& response) {
  const Shared& shared = *call.backend.shared;
  absl::StatusOr<SendOrder> order = CheckOrder(
      request, *call.tenant, call.backend.store->clock().Now(), shared.hash_key.Reveal());
  co_return co_await SendAndShow(call, std::move(order), response);
}

Task<absl::Status> HandleSendTemplate(Call& call, const v1::SendTemplateRequest& request,
                                      v1::Message& response) {
  absl::StatusOr<SendOrder> order =
      CheckOrder(request, *call.tenant, call.backend.shared->hash_key.Reveal());
  co_return co_await SendAndShow(call, std::move(order), response);
}

}  // namespace posthaste::api
