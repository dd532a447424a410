#include "service/api/suppression_service.h"

#include "service/api/suppressions.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* SuppressionService::CreateSuppression(
    grpc::CallbackServerContext* context, const v1::CreateSuppressionRequest* request,
    v1::Suppression* response) {
  return bridge_.Unary(context, "CreateSuppression", request, response, HandleCreateSuppression);
}

grpc::ServerUnaryReactor* SuppressionService::GetSuppression(
    grpc::CallbackServerContext* context, const v1::GetSuppressionRequest* request,
    v1::Suppression* response) {
  return bridge_.Unary(context, "GetSuppression", request, response, HandleGetSuppression);
}

grpc::ServerUnaryReactor* SuppressionService::ListSuppressions(
    grpc::CallbackServerContext* context, const v1::ListSuppressionsRequest* request,
    v1::ListSuppressionsResponse* response) {
  return bridge_.Unary(context, "ListSuppressions", request, response, HandleListSuppressions);
}

grpc::ServerUnaryReactor* SuppressionService::DeleteSuppression(
    grpc::CallbackServerContext* context, const v1::DeleteSuppressionRequest* request,
    google::protobuf::Empty* response) {
  return bridge_.Unary(context, "DeleteSuppression", request, response, HandleDeleteSuppression);
}

}  // namespace posthaste::api
