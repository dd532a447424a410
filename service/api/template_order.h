// Mail by template as an order: when it is sent, how long it makes sense, what it takes the place
// of.
#pragma once

#include "posthaste/v1/notification_service.pb.h"
#include "service/api/order.h"

namespace posthaste::api {

// How far ahead a message may be scheduled.
inline constexpr absl::Duration kScheduleMax = absl::Hours(30 * 24);

// As order.h says of every CheckOrder.
absl::StatusOr<SendOrder> CheckOrder(const v1::SendTemplateRequest& request,
                                     const TenantView& tenant, const OrderContext& context);

}  // namespace posthaste::api
