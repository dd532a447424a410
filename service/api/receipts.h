// What a caller gets to prove a match with, and the keys that verify it.
#pragma once

#include <string>
#include <string_view>

#include "posthaste/v1/verification_service.pb.h"
#include "service/api/backend.h"
#include "service/queue/queue.h"

namespace posthaste::api {

// The receipt of a verification that is VERIFIED; "" if no keys are configured. Asked again it is
// the same, for it counts from when the code was right.
std::string ReceiptOf(const queue::VerificationRecord& verified,
                      const v1::CheckVerificationCodeRequest& request, const Shared& shared);

// REQUIRES: the call was authorised.
Task<absl::Status> HandleGetSigningKeys(Call& call, const v1::GetSigningKeysRequest& request,
                                        v1::GetSigningKeysResponse& response);

}  // namespace posthaste::api
