// What ProbeRelay answers. REQUIRES: the call was authorised.
#pragma once

#include "posthaste/v1/operations_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleProbeRelay(Call& call, const v1::ProbeRelayRequest& request,
                                    v1::ProbeRelayResponse& response);

}  // namespace posthaste::api
