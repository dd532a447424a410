#include "service/api/notification_service.h"

#include "service/api/notifications.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* NotificationService::SendPasswordChanged(
    grpc::CallbackServerContext* context, const v1::SendPasswordChangedRequest* request,
    v1::Message* response) {
  return bridge_.Unary(context, "SendPasswordChanged", request, response,
                       HandleSendPasswordChanged);
}

grpc::ServerUnaryReactor* NotificationService::SendTemplate(grpc::CallbackServerContext* context,
                                                            const v1::SendTemplateRequest* request,
                                                            v1::Message* response) {
  return bridge_.Unary(context, "SendTemplate", request, response, HandleSendTemplate);
}

}  // namespace posthaste::api
