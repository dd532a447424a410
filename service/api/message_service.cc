#include "service/api/message_service.h"

#include "service/api/messages.h"
#include "service/api/report_bounce.h"
#include "service/api/watch.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* MessageService::GetMessage(grpc::CallbackServerContext* context,
                                                     const v1::GetMessageRequest* request,
                                                     v1::Message* response) {
  return bridge_.Unary(context, "GetMessage", request, response, HandleGetMessage);
}

grpc::ServerUnaryReactor* MessageService::ListMessages(grpc::CallbackServerContext* context,
                                                       const v1::ListMessagesRequest* request,
                                                       v1::ListMessagesResponse* response) {
  return bridge_.Unary(context, "ListMessages", request, response, HandleListMessages);
}

grpc::ServerUnaryReactor* MessageService::ListAttempts(grpc::CallbackServerContext* context,
                                                       const v1::ListAttemptsRequest* request,
                                                       v1::ListAttemptsResponse* response) {
  return bridge_.Unary(context, "ListAttempts", request, response, HandleListAttempts);
}

grpc::ServerWriteReactor<v1::WatchMessageResponse>* MessageService::WatchMessage(
    grpc::CallbackServerContext* context, const v1::WatchMessageRequest* request) {
  return api::WatchMessage(bridge_, context, request);
}

grpc::ServerUnaryReactor* MessageService::CancelMessage(grpc::CallbackServerContext* context,
                                                        const v1::CancelMessageRequest* request,
                                                        v1::Message* response) {
  return bridge_.Unary(context, "CancelMessage", request, response, HandleCancelMessage);
}

grpc::ServerUnaryReactor* MessageService::ReportBounce(grpc::CallbackServerContext* context,
                                                       const v1::ReportBounceRequest* request,
                                                       v1::Message* response) {
  return bridge_.Unary(context, "ReportBounce", request, response, HandleReportBounce);
}

}  // namespace posthaste::api
