// What a tenant has used, and may use.
#pragma once

#include <cstdint>

#include "posthaste/v1/account_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

// REQUIRES: the call was authorised.
Task<absl::Status> HandleGetUsage(Call& call, const v1::GetUsageRequest& request,
                                  v1::GetUsageResponse& response);

// RESOURCE_EXHAUSTED TENANT_QUOTA until the day is over if the tenant has a quota and has used it
// up. Asks the store only if it has one.
Task<absl::Status> CheckQuota(const Call& call);

}  // namespace posthaste::api
