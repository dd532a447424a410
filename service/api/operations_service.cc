#include "service/api/operations_service.h"

#include "service/api/delivery_stats.h"
#include "service/api/holds.h"
#include "service/api/probe.h"
#include "service/api/queue_stats.h"
#include "service/api/recipient_limits.h"
#include "service/api/redrives.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* OperationsService::CreateHold(grpc::CallbackServerContext* context,
                                                        const v1::CreateHoldRequest* request,
                                                        v1::Hold* response) {
  return bridge_.Unary(context, "CreateHold", request, response, HandleCreateHold);
}

grpc::ServerUnaryReactor* OperationsService::ListHolds(grpc::CallbackServerContext* context,
                                                       const v1::ListHoldsRequest* request,
                                                       v1::ListHoldsResponse* response) {
  return bridge_.Unary(context, "ListHolds", request, response, HandleListHolds);
}

grpc::ServerUnaryReactor* OperationsService::DeleteHold(grpc::CallbackServerContext* context,
                                                        const v1::DeleteHoldRequest* request,
                                                        v1::Hold* response) {
  return bridge_.Unary(context, "DeleteHold", request, response, HandleDeleteHold);
}

grpc::ServerUnaryReactor* OperationsService::RedriveMessages(
    grpc::CallbackServerContext* context, const v1::RedriveMessagesRequest* request,
    v1::RedriveMessagesResponse* response) {
  return bridge_.Unary(context, "RedriveMessages", request, response, HandleRedriveMessages);
}

grpc::ServerUnaryReactor* OperationsService::ResetRecipientLimits(
    grpc::CallbackServerContext* context, const v1::ResetRecipientLimitsRequest* request,
    v1::ResetRecipientLimitsResponse* response) {
  return bridge_.Unary(context, "ResetRecipientLimits", request, response,
                       HandleResetRecipientLimits);
}

grpc::ServerUnaryReactor* OperationsService::GetQueueStats(grpc::CallbackServerContext* context,
                                                           const v1::GetQueueStatsRequest* request,
                                                           v1::GetQueueStatsResponse* response) {
  return bridge_.Unary(context, "GetQueueStats", request, response, HandleGetQueueStats);
}

grpc::ServerUnaryReactor* OperationsService::ProbeRelay(grpc::CallbackServerContext* context,
                                                        const v1::ProbeRelayRequest* request,
                                                        v1::ProbeRelayResponse* response) {
  return bridge_.Unary(context, "ProbeRelay", request, response, HandleProbeRelay);
}

grpc::ServerUnaryReactor* OperationsService::GetDeliveryStats(
    grpc::CallbackServerContext* context, const v1::GetDeliveryStatsRequest* request,
    v1::GetDeliveryStatsResponse* response) {
  return bridge_.Unary(context, "GetDeliveryStats", request, response, HandleGetDeliveryStats);
}

}  // namespace posthaste::api
