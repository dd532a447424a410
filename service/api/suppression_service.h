// SuppressionService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/suppression_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class SuppressionService final : public v1::SuppressionService::CallbackService {
 public:
  explicit SuppressionService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* CreateSuppression(grpc::CallbackServerContext* context,
                                              const v1::CreateSuppressionRequest* request,
                                              v1::Suppression* response) override;
  grpc::ServerUnaryReactor* GetSuppression(grpc::CallbackServerContext* context,
                                           const v1::GetSuppressionRequest* request,
                                           v1::Suppression* response) override;
  grpc::ServerUnaryReactor* ListSuppressions(grpc::CallbackServerContext* context,
                                             const v1::ListSuppressionsRequest* request,
                                             v1::ListSuppressionsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteSuppression(grpc::CallbackServerContext* context,
                                              const v1::DeleteSuppressionRequest* request,
                                              google::protobuf::Empty* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api
