// What SuppressionService answers. REQUIRES of each: the call was authorised.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "posthaste/v1/suppression_service.pb.h"
#include "service/api/backend.h"
#include "service/queue/suppressions.h"

namespace posthaste::api {

Task<absl::Status> HandleCreateSuppression(Call& call, const v1::CreateSuppressionRequest& request,
                                           v1::Suppression& response);
Task<absl::Status> HandleGetSuppression(Call& call, const v1::GetSuppressionRequest& request,
                                        v1::Suppression& response);
Task<absl::Status> HandleListSuppressions(Call& call, const v1::ListSuppressionsRequest& request,
                                          v1::ListSuppressionsResponse& response);
Task<absl::Status> HandleDeleteSuppression(Call& call, const v1::DeleteSuppressionRequest& request,
                                           google::protobuf::Empty& response);

v1::Suppression ToSuppression(const queue::SuppressionView& view);

}  // namespace posthaste::api
