// What VerificationService answers. REQUIRES of each: the call was authorised.
#pragma once

#include "posthaste/v1/verification_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

Task<absl::Status> HandleSendVerificationCode(Call& call,
                                              const v1::SendVerificationCodeRequest& request,
                                              v1::Verification& response);
Task<absl::Status> HandleResendVerificationCode(Call& call,
                                                const v1::ResendVerificationCodeRequest& request,
                                                v1::Verification& response);
Task<absl::Status> HandleCheckVerificationCode(Call& call,
                                               const v1::CheckVerificationCodeRequest& request,
                                               v1::CheckVerificationCodeResponse& response);
Task<absl::Status> HandleCancelVerification(Call& call,
                                            const v1::CancelVerificationRequest& request,
                                            v1::Verification& response);
Task<absl::Status> HandleGetVerification(Call& call, const v1::GetVerificationRequest& request,
                                         v1::Verification& response);

}  // namespace posthaste::api
