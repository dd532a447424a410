// AccountService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/account_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class AccountService final : public v1::AccountService::CallbackService {
 public:
  explicit AccountService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* GetUsage(grpc::CallbackServerContext* context,
                                     const v1::GetUsageRequest* request,
                                     v1::GetUsageResponse* response) override;
  grpc::ServerUnaryReactor* ExportRecipient(grpc::CallbackServerContext* context,
                                            const v1::ExportRecipientRequest* request,
                                            v1::ExportRecipientResponse* response) override;
  grpc::ServerUnaryReactor* ForgetRecipient(grpc::CallbackServerContext* context,
                                            const v1::ForgetRecipientRequest* request,
                                            v1::ForgetRecipientResponse* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api
