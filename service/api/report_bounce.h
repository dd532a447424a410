// MessageService.ReportBounce: a bounce that came back after a relay had accepted a message.
#pragma once

#include <optional>
#include <string_view>

#include "posthaste/v1/message_service.pb.h"
#include "service/api/backend.h"
#include "service/queue/late_bounces.h"
#include "smtp/reply.h"

namespace posthaste::api {

// The reply that the next hop gave, as far as a report tells: `diagnostic` ("smtp; 550 5.1.1 No
// such user", RFC 3464 2.3.6) with `status_code` ("5.1.1"), of which either may be "". A status
// code that contradicts the diagnostic wins. Nothing: neither says that it was refused.
std::optional<smtp::Reply> ReadReport(std::string_view status_code, std::string_view diagnostic);

// What the report means, judged by the table that judges relays (smtp/outcome.h).
queue::LateBounce ToLateBounce(const smtp::Reply& reply);

// REQUIRES: the call was authorised.
Task<absl::Status> HandleReportBounce(Call& call, const v1::ReportBounceRequest& request,
                                      v1::Message& response);

}  // namespace posthaste::api
