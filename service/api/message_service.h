// MessageService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/message_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class MessageService final : public v1::MessageService::CallbackService {
 public:
  explicit MessageService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* GetMessage(grpc::CallbackServerContext* context,
                                       const v1::GetMessageRequest* request,
                                       v1::Message* response) override;
  grpc::ServerUnaryReactor* ListMessages(grpc::CallbackServerContext* context,
                                         const v1::ListMessagesRequest* request,
                                         v1::ListMessagesResponse* response) override;
  grpc::ServerUnaryReactor* ListAttempts(grpc::CallbackServerContext* context,
                                         const v1::ListAttemptsRequest* request,
                                         v1::ListAttemptsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchMessageResponse>* WatchMessage(
      grpc::CallbackServerContext* context, const v1::WatchMessageRequest* request) override;
  grpc::ServerUnaryReactor* CancelMessage(grpc::CallbackServerContext* context,
                                          const v1::CancelMessageRequest* request,
                                          v1::Message* response) override;
  grpc::ServerUnaryReactor* ReportBounce(grpc::CallbackServerContext* context,
                                         const v1::ReportBounceRequest* request,
                                         v1::Message* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api
