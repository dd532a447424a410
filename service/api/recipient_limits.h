// Letting a recipient start afresh: for operators.
#pragma once

#include "posthaste/v1/operations_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

// REQUIRES: the call was authorised.
Task<absl::Status> HandleResetRecipientLimits(Call& call,
                                              const v1::ResetRecipientLimitsRequest& request,
                                              v1::ResetRecipientLimitsResponse& response);

}  // namespace posthaste::api
