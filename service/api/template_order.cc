#include "service/api/template_order.h"

#include "service/api/attachments.h"
#include "service/api/header_fields.h"
#include "service/api/order_parts.h"

namespace posthaste::api {
namespace {

void CheckSendTime(const v1::SendTemplateRequest& request, absl::Time now, Fields& fields,
                   SendOrder& order) {
  const std::optional<absl::Time> time =
      fields.Time("send_time", request.has_send_time(), request.send_time());
  if (!time || *time <= now) return;
  if (*time - now > kScheduleMax)
    fields.Add("send_time", "FIELD_INVALID", "is more than 30 days from now");
  order.send_time = *time;
}

}  // namespace

absl::StatusOr<SendOrder> CheckOrder(const v1::SendTemplateRequest& request,
                                     const TenantView& tenant, const OrderContext& context) {
  Fields fields;
  SendOrder order;
  CheckCommon(CommonOf(request), tenant, context.hash_key, fields, order);
  CheckSendTime(request, context.now, fields, order);
  order.ttl = fields.Ttl(request.has_ttl(), request.ttl(), absl::Minutes(1), kNoticeLife)
                  .value_or(kNoticeLife);
  fields.Line("supersede_key", request.supersede_key(), 64);
  order.supersede_key = request.supersede_key();
  const absl::Status found = ChooseTemplate(request.template_name(), "",
                                            templates::MailClass::kGeneral, tenant, order, fields);
  if (!found.ok()) return found;
  CheckUnsubscribe(request.list_unsubscribe_url(), fields, order);
  CheckHeaders(request.headers(), fields, order);
  CheckAttachments(request.attachments(), fields, order);
  if (order.mail != nullptr) CheckVariables(CallersVariables(request.variables()), fields, order);
  return Finish(fields, std::move(order));
}

}  // namespace posthaste::api
