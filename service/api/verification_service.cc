#include "service/api/verification_service.h"

#include "service/api/receipts.h"
#include "service/api/verifications.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* VerificationService::SendVerificationCode(
    grpc::CallbackServerContext* context, const v1::SendVerificationCodeRequest* request,
    v1::Verification* response) {
  return bridge_.Unary(context, "SendVerificationCode", request, response,
                       HandleSendVerificationCode);
}

grpc::ServerUnaryReactor* VerificationService::ResendVerificationCode(
    grpc::CallbackServerContext* context, const v1::ResendVerificationCodeRequest* request,
    v1::Verification* response) {
  return bridge_.Unary(context, "ResendVerificationCode", request, response,
                       HandleResendVerificationCode);
}

grpc::ServerUnaryReactor* VerificationService::CheckVerificationCode(
    grpc::CallbackServerContext* context, const v1::CheckVerificationCodeRequest* request,
    v1::CheckVerificationCodeResponse* response) {
  return bridge_.Unary(context, "CheckVerificationCode", request, response,
                       HandleCheckVerificationCode);
}

grpc::ServerUnaryReactor* VerificationService::CancelVerification(
    grpc::CallbackServerContext* context, const v1::CancelVerificationRequest* request,
    v1::Verification* response) {
  return bridge_.Unary(context, "CancelVerification", request, response, HandleCancelVerification);
}

grpc::ServerUnaryReactor* VerificationService::GetVerification(
    grpc::CallbackServerContext* context, const v1::GetVerificationRequest* request,
    v1::Verification* response) {
  return bridge_.Unary(context, "GetVerification", request, response, HandleGetVerification);
}

grpc::ServerUnaryReactor* VerificationService::GetSigningKeys(
    grpc::CallbackServerContext* context, const v1::GetSigningKeysRequest* request,
    v1::GetSigningKeysResponse* response) {
  return bridge_.Unary(context, "GetSigningKeys", request, response, HandleGetSigningKeys);
}

}  // namespace posthaste::api
