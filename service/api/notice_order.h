// The typed notices as orders: who, when, where, and where to go if it was not them.
#pragma once

#include "posthaste/v1/notification_service.pb.h"
#include "service/api/order.h"

namespace posthaste::api {

// Two messages of one request; each has the request's id within its own recipient.
struct EmailChangedOrders {
  SendOrder before, after;  // To the old address, to the new one.
};

// As order.h says of every CheckOrder. A time that is not given is the context's now.
absl::StatusOr<SendOrder> CheckOrder(const v1::SendPasswordChangedRequest& request,
                                     const TenantView& tenant, const OrderContext& context);
absl::StatusOr<EmailChangedOrders> CheckOrder(const v1::SendEmailChangedRequest& request,
                                              const TenantView& tenant,
                                              const OrderContext& context);
absl::StatusOr<SendOrder> CheckOrder(const v1::SendNewSignInRequest& request,
                                     const TenantView& tenant, const OrderContext& context);
absl::StatusOr<SendOrder> CheckOrder(const v1::SendMfaChangedRequest& request,
                                     const TenantView& tenant, const OrderContext& context);

}  // namespace posthaste::api
