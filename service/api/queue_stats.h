// What GetQueueStats answers. REQUIRES: the call was authorised.
#pragma once

#include "posthaste/v1/operations_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleGetQueueStats(Call& call, const v1::GetQueueStatsRequest& request,
                                       v1::GetQueueStatsResponse& response);

}  // namespace posthaste::api
