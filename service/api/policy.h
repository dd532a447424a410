// The configured policy of codes, and verifications between their two forms: as codes/ judges them
// and as queue/ stores them.
#pragma once

#include "absl/status/statusor.h"
#include "posthaste/config/v1/config.pb.h"
#include "posthaste/v1/verification_service.pb.h"
#include "service/codes/life.h"
#include "service/codes/policy.h"
#include "service/codes/state.h"
#include "service/queue/queue.h"

namespace posthaste::api {

// INVALID_ARGUMENT names the setting; also for a policy whose odds are above its ceiling.
absl::StatusOr<codes::Policy> PolicyOf(const config::v1::Codes& config,
                                       const config::v1::Limits& limits);

codes::VerificationState ToState(const queue::VerificationRecord& record);

// nullopt = the tenant's default.
std::optional<codes::ResendPolicy> ToResendPolicy(v1::ResendPolicy policy);
v1::ResendPolicy FromResendPolicy(codes::ResendPolicy policy);

}  // namespace posthaste::api
