// What is stored of one person: shown to them, and forgotten, by the tenant that has it.
#pragma once

#include "posthaste/v1/account_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

// REQUIRES of each: the call was authorised.
Task<absl::Status> HandleExportRecipient(Call& call, const v1::ExportRecipientRequest& request,
                                         v1::ExportRecipientResponse& response);
Task<absl::Status> HandleForgetRecipient(Call& call, const v1::ForgetRecipientRequest& request,
                                         v1::ForgetRecipientResponse& response);

}  // namespace posthaste::api
