// What RedriveMessages answers. REQUIRES: the call was authorised.
#pragma once

#include "posthaste/v1/operations_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleRedriveMessages(Call& call, const v1::RedriveMessagesRequest& request,
                                         v1::RedriveMessagesResponse& response);

}  // namespace posthaste::api
