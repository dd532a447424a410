// AccountService as a client of its generated stub sees it.
#include "service/api/account_service.h"

#include "posthaste/v1/account_service.grpc.pb.h"
#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

TEST_F(GrpcTest, AccountServiceAnswersWhoeverHasAKey) {
  const auto stub = v1::AccountService::NewStub(channel_);
  const auto ask = [&](const std::string& authorization) {
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    v1::GetUsageResponse response;
    const grpc::Status status = stub->GetUsage(&context, v1::GetUsageRequest(), &response);
    EXPECT_EQ(status.ok(), response.has_reset_time());
    return status.error_code();
  };
  EXPECT_EQ(ask("Bearer acme-verifications-check.s3cret"), grpc::StatusCode::OK);
  EXPECT_EQ(ask("Bearer acme-verifications-check.wrong"), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ask(""), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace posthaste::api
