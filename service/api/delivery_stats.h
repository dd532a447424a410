// What GetDeliveryStats answers. REQUIRES: the call was authorised.
#pragma once

#include "posthaste/v1/operations_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleGetDeliveryStats(Call& call, const v1::GetDeliveryStatsRequest& request,
                                          v1::GetDeliveryStatsResponse& response);

}  // namespace posthaste::api
