// Many mails by template in one call. REQUIRES of the handler: the call was authorised.
#pragma once

#include "posthaste/v1/notification_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

inline constexpr int kBatchMax = 500;

Task<absl::Status> HandleBatchSendTemplates(Call& call,
                                            const v1::BatchSendTemplatesRequest& request,
                                            v1::BatchSendTemplatesResponse& response);

}  // namespace posthaste::api
