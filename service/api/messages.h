// What MessageService answers, WatchMessage apart. REQUIRES of each: the call was authorised.
#pragma once

#include "posthaste/v1/message_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleGetMessage(Call& call, const v1::GetMessageRequest& request,
                                    v1::Message& response);
Task<absl::Status> HandleListMessages(Call& call, const v1::ListMessagesRequest& request,
                                      v1::ListMessagesResponse& response);
Task<absl::Status> HandleListAttempts(Call& call, const v1::ListAttemptsRequest& request,
                                      v1::ListAttemptsResponse& response);
Task<absl::Status> HandleCancelMessage(Call& call, const v1::CancelMessageRequest& request,
                                       v1::Message& response);

// The message as it is now; NOT_FOUND if it is not this tenant's.
Task<absl::StatusOr<v1::Message>> ReadMessage(Call& call, const std::string& id);

}  // namespace posthaste::api
