// Publishing a tenant's templates, and taking that back. REQUIRES of each handler: the call was
// authorised.
#pragma once

#include "posthaste/v1/template_service.pb.h"
#include "service/api/backend.h"

namespace posthaste::api {

inline constexpr size_t kPublishedBytesMax = size_t{4} << 20;  // Of one tenant, all together.

Task<absl::Status> HandlePublishTemplate(Call& call, const v1::PublishTemplateRequest& request,
                                         v1::Template& response);
Task<absl::Status> HandleRollbackTemplate(Call& call, const v1::RollbackTemplateRequest& request,
                                          v1::Template& response);

}  // namespace posthaste::api
