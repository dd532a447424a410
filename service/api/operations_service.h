// OperationsService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/operations_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class OperationsService final : public v1::OperationsService::CallbackService {
 public:
  explicit OperationsService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* CreateHold(grpc::CallbackServerContext* context,
                                       const v1::CreateHoldRequest* request,
                                       v1::Hold* response) override;
  grpc::ServerUnaryReactor* ListHolds(grpc::CallbackServerContext* context,
                                      const v1::ListHoldsRequest* request,
                                      v1::ListHoldsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteHold(grpc::CallbackServerContext* context,
                                       const v1::DeleteHoldRequest* request,
                                       v1::Hold* response) override;
  grpc::ServerUnaryReactor* RedriveMessages(grpc::CallbackServerContext* context,
                                            const v1::RedriveMessagesRequest* request,
                                            v1::RedriveMessagesResponse* response) override;
  grpc::ServerUnaryReactor* ResetRecipientLimits(
      grpc::CallbackServerContext* context, const v1::ResetRecipientLimitsRequest* request,
      v1::ResetRecipientLimitsResponse* response) override;
  grpc::ServerUnaryReactor* GetQueueStats(grpc::CallbackServerContext* context,
                                          const v1::GetQueueStatsRequest* request,
                                          v1::GetQueueStatsResponse* response) override;
  grpc::ServerUnaryReactor* ProbeRelay(grpc::CallbackServerContext* context,
                                       const v1::ProbeRelayRequest* request,
                                       v1::ProbeRelayResponse* response) override;
  grpc::ServerUnaryReactor* GetDeliveryStats(grpc::CallbackServerContext* context,
                                             const v1::GetDeliveryStatsRequest* request,
                                             v1::GetDeliveryStatsResponse* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api
