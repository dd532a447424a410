#include "service/api/account_service.h"

#include "service/api/account.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* AccountService::GetUsage(grpc::CallbackServerContext* context,
                                                   const v1::GetUsageRequest* request,
                                                   v1::GetUsageResponse* response) {
  return bridge_.Unary(context, "GetUsage", request, response, HandleGetUsage);
}

}  // namespace posthaste::api
