// What NotificationService answers. REQUIRES of each: the call was authorised.
#pragma once

#include "posthaste/v1/notification_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleSendPasswordChanged(Call& call,
                                             const v1::SendPasswordChangedRequest& request,
                                             v1::Message& response);
Task<absl::Status> HandleSendEmailChanged(Call& call, const v1::SendEmailChangedRequest& request,
                                          v1::SendEmailChangedResponse& response);
Task<absl::Status> HandleSendNewSignIn(Call& call, const v1::SendNewSignInRequest& request,
                                       v1::Message& response);
Task<absl::Status> HandleSendMfaChanged(Call& call, const v1::SendMfaChangedRequest& request,
                                        v1::Message& response);
Task<absl::Status> HandleSendTemplate(Call& call, const v1::SendTemplateRequest& request,
                                      v1::Message& response);

}  // namespace posthaste::api
