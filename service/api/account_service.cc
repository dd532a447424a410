#include "service/api/account_service.h"

#include "service/api/account.h"
#include "service/api/recipient_data.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* AccountService::GetUsage(grpc::CallbackServerContext* context,
                                                   const v1::GetUsageRequest* request,
                                                   v1::GetUsageResponse* response) {
  return bridge_.Unary(context, "GetUsage", request, response, HandleGetUsage);
}

grpc::ServerUnaryReactor* AccountService::ExportRecipient(grpc::CallbackServerContext* context,
                                                          const v1::ExportRecipientRequest* request,
                                                          v1::ExportRecipientResponse* response) {
  return bridge_.Unary(context, "ExportRecipient", request, response, HandleExportRecipient);
}

grpc::ServerUnaryReactor* AccountService::ForgetRecipient(grpc::CallbackServerContext* context,
                                                          const v1::ForgetRecipientRequest* request,
                                                          v1::ForgetRecipientResponse* response) {
  return bridge_.Unary(context, "ForgetRecipient", request, response, HandleForgetRecipient);
}

}  // namespace posthaste::api
