// Holds, as operators make and end them and as callers meet them. REQUIRES of each handler: the
// call was authorised.
#pragma once

#include "posthaste/v1/message.pb.h"
#include "posthaste/v1/operations_service.pb.h"
#include "service/api/backend.h"
#include "service/queue/holds.h"

namespace posthaste::api {

Task<absl::Status> HandleCreateHold(Call& call, const v1::CreateHoldRequest& request,
                                    v1::Hold& response);
Task<absl::Status> HandleListHolds(Call& call, const v1::ListHoldsRequest& request,
                                   v1::ListHoldsResponse& response);
Task<absl::Status> HandleDeleteHold(Call& call, const v1::DeleteHoldRequest& request,
                                    v1::Hold& response);

// The hold that keeps a tenant's mail of this class to this provider back now, as far as this
// process knows (HoldBook, about a second late); nullptr: none. Valid until the loop goes on.
const queue::Hold* HoldOf(const Backend& backend, std::string_view tenant,
                          queue::MailClass mail_class, std::string_view provider);

// Tells in `message`, which waits, why it is held, if it is.
void AddHoldReason(const Backend& backend, const queue::Record& record, v1::Message& message);

}  // namespace posthaste::api
