#include "service/api/notification_service.h"

#include "service/api/batch.h"
#include "service/api/notifications.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* NotificationService::SendPasswordChanged(
    grpc::CallbackServerContext* context, const v1::SendPasswordChangedRequest* request,
    v1::Message* response) {
  return bridge_.Unary(context, "SendPasswordChanged", request, response,
                       HandleSendPasswordChanged);
}

grpc::ServerUnaryReactor* NotificationService::SendEmailChanged(
    grpc::CallbackServerContext* context, const v1::SendEmailChangedRequest* request,
    v1::SendEmailChangedResponse* response) {
  return bridge_.Unary(context, "SendEmailChanged", request, response, HandleSendEmailChanged);
}

grpc::ServerUnaryReactor* NotificationService::SendNewSignIn(
    grpc::CallbackServerContext* context, const v1::SendNewSignInRequest* request,
    v1::Message* response) {
  return bridge_.Unary(context, "SendNewSignIn", request, response, HandleSendNewSignIn);
}

grpc::ServerUnaryReactor* NotificationService::SendMfaChanged(
    grpc::CallbackServerContext* context, const v1::SendMfaChangedRequest* request,
    v1::Message* response) {
  return bridge_.Unary(context, "SendMfaChanged", request, response, HandleSendMfaChanged);
}

grpc::ServerUnaryReactor* NotificationService::SendTemplate(grpc::CallbackServerContext* context,
                                                            const v1::SendTemplateRequest* request,
                                                            v1::Message* response) {
  return bridge_.Unary(context, "SendTemplate", request, response, HandleSendTemplate);
}

grpc::ServerUnaryReactor* NotificationService::BatchSendTemplates(
    grpc::CallbackServerContext* context, const v1::BatchSendTemplatesRequest* request,
    v1::BatchSendTemplatesResponse* response) {
  return bridge_.Unary(context, "BatchSendTemplates", request, response, HandleBatchSendTemplates);
}

}  // namespace posthaste::api
