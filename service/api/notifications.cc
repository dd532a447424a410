#include "service/api/notifications.h"

#include <utility>

#include "service/api/notice_order.h"
#include "service/api/send_one.h"
#include "service/api/template_order.h"

namespace posthaste::api {
namespace {

// A request with one recipient.
template <typename Request>
Task<absl::Status> SendOnly(Call& call, const Request& request, v1::Message& response) {
  SentOne sent = co_await SendOne(call, CheckOrder(request, *call.tenant, ContextOf(call)));
  call.replay = sent.replay;
  response = std::move(sent.message);
  co_return sent.status;
}

}  // namespace

Task<absl::Status> HandleSendPasswordChanged(Call& call,
                                             const v1::SendPasswordChangedRequest& request,
                                             v1::Message& response) {
  return SendOnly(call, request, response);
}

Task<absl::Status> HandleSendEmailChanged(Call& call, const v1::SendEmailChangedRequest& request,
                                          v1::SendEmailChangedResponse& response) {
  absl::StatusOr<EmailChangedOrders> orders = CheckOrder(request, *call.tenant, ContextOf(call));
  if (!orders.ok()) co_return orders.status();
  const SentOne before = co_await SendOne(call, std::move(orders->before));
  const SentOne after = co_await SendOne(call, std::move(orders->after));
  // A caller that looks at the call's status only must not take "nobody was told" for yes.
  if (!before.status.ok() && !after.status.ok()) co_return before.status;
  *response.mutable_old_recipient() = ToResult(before);
  *response.mutable_new_recipient() = ToResult(after);
  call.replay = before.replay && after.replay;
  co_return absl::OkStatus();
}

Task<absl::Status> HandleSendNewSignIn(Call& call, const v1::SendNewSignInRequest& request,
                                       v1::Message& response) {
  return SendOnly(call, request, response);
}

Task<absl::Status> HandleSendMfaChanged(Call& call, const v1::SendMfaChangedRequest& request,
                                        v1::Message& response) {
  return SendOnly(call, request, response);
}

Task<absl::Status> HandleSendTemplate(Call& call, const v1::SendTemplateRequest& request,
                                      v1::Message& response) {
  return SendOnly(call, request, response);
}

}  // namespace posthaste::api
