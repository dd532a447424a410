// EventService as a client of its generated stub sees it.
#include "service/api/event_service.h"

#include "posthaste/v1/event_service.grpc.pb.h"
#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

TEST_F(GrpcTest, EventServiceIsForKeysWithItsScope) {
  const auto stub = v1::EventService::NewStub(channel_);
  const auto first = [&](const std::string& authorization) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", authorization);
    const auto reader = stub->StreamEvents(&context, v1::StreamEventsRequest());
    v1::StreamEventsResponse response;
    const bool answered = reader->Read(&response);
    if (answered) context.TryCancel();
    const grpc::StatusCode code = reader->Finish().error_code();
    return answered ? grpc::StatusCode::OK : code;
  };
  EXPECT_EQ(first("Bearer acme-events-read.s3cret"), grpc::StatusCode::OK);
  EXPECT_EQ(first("Bearer acme-messages-read.s3cret"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(first("Bearer acme-events-read.wrong"), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace posthaste::api
