// VerificationService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/verification_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class VerificationService final : public v1::VerificationService::CallbackService {
 public:
  explicit VerificationService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* SendVerificationCode(grpc::CallbackServerContext* context,
                                                 const v1::SendVerificationCodeRequest* request,
                                                 v1::Verification* response) override;
  grpc::ServerUnaryReactor* ResendVerificationCode(grpc::CallbackServerContext* context,
                                                   const v1::ResendVerificationCodeRequest* request,
                                                   v1::Verification* response) override;
  grpc::ServerUnaryReactor* CheckVerificationCode(
      grpc::CallbackServerContext* context, const v1::CheckVerificationCodeRequest* request,
      v1::CheckVerificationCodeResponse* response) override;
  grpc::ServerUnaryReactor* CancelVerification(grpc::CallbackServerContext* context,
                                               const v1::CancelVerificationRequest* request,
                                               v1::Verification* response) override;
  grpc::ServerUnaryReactor* GetVerification(grpc::CallbackServerContext* context,
                                            const v1::GetVerificationRequest* request,
                                            v1::Verification* response) override;
  grpc::ServerUnaryReactor* GetSigningKeys(grpc::CallbackServerContext* context,
                                           const v1::GetSigningKeysRequest* request,
                                           v1::GetSigningKeysResponse* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api
