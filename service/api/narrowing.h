// What a key may name in requests, beside the methods that its scopes allow. Pure.
//
// It narrows what is sent and checked. Reading is not narrowed: a key with messages.read reads all
// messages of its tenant.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "service/api/authentication.h"
#include "service/api/order.h"

namespace posthaste::api {

// PERMISSION_DENIED SENDER_DENIED, TEMPLATE_DENIED or PURPOSE_DENIED. A resend names its purpose
// later: whoever reads it asks AllowsPurpose.
absl::Status CheckNarrowing(const Caller& caller, const SendOrder& order);

// PERMISSION_DENIED PURPOSE_DENIED; a request without a purpose is nobody's business.
absl::Status CheckPurpose(const Caller& caller, std::string_view purpose);

bool AllowsPurpose(const Caller& caller, std::string_view purpose);

}  // namespace posthaste::api
