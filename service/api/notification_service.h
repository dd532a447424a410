// NotificationService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/notification_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class NotificationService final : public v1::NotificationService::CallbackService {
 public:
  explicit NotificationService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* SendPasswordChanged(grpc::CallbackServerContext* context,
                                                const v1::SendPasswordChangedRequest* request,
                                                v1::Message* response) override;
  grpc::ServerUnaryReactor* SendEmailChanged(grpc::CallbackServerContext* context,
                                             const v1::SendEmailChangedRequest* request,
                                             v1::SendEmailChangedResponse* response) override;
  grpc::ServerUnaryReactor* SendNewSignIn(grpc::CallbackServerContext* context,
                                          const v1::SendNewSignInRequest* request,
                                          v1::Message* response) override;
  grpc::ServerUnaryReactor* SendMfaChanged(grpc::CallbackServerContext* context,
                                           const v1::SendMfaChangedRequest* request,
                                           v1::Message* response) override;
  grpc::ServerUnaryReactor* SendTemplate(grpc::CallbackServerContext* context,
                                         const v1::SendTemplateRequest* request,
                                         v1::Message* response) override;
  grpc::ServerUnaryReactor* BatchSendTemplates(grpc::CallbackServerContext* context,
                                               const v1::BatchSendTemplatesRequest* request,
                                               v1::BatchSendTemplatesResponse* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api
