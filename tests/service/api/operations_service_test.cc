// OperationsService as a client of its generated stub sees it.
#include "service/api/operations_service.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

class OperationsServiceTest : public GrpcTest {
 protected:
  using Stub = v1::OperationsService::Stub;

  template <typename Request, typename Response>
  grpc::StatusCode Do(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                      const Request& request, Response& response, const std::string& key) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + key + ".s3cret");
    return (*stub_.*method)(&context, request, &response).error_code();
  }

  const std::unique_ptr<Stub> stub_ = v1::OperationsService::NewStub(channel_);
};

TEST_F(OperationsServiceTest, AnswersOperators) {
  v1::CreateHoldRequest create;
  create.set_scope(v1::Hold::TENANT);
  create.set_target("globex");
  create.set_reason("they asked us to");
  v1::Hold hold, gone;
  ASSERT_EQ(Do(&Stub::CreateHold, create, hold, "operator-all"), grpc::OK);
  v1::ListHoldsResponse listed;
  ASSERT_EQ(Do(&Stub::ListHolds, v1::ListHoldsRequest(), listed, "operator-all"), grpc::OK);
  EXPECT_EQ(listed.holds_size(), 1);
  v1::DeleteHoldRequest remove;
  remove.set_id(hold.id());
  ASSERT_EQ(Do(&Stub::DeleteHold, remove, gone, "operator-all"), grpc::OK);
  v1::RedriveMessagesRequest parked;
  parked.mutable_parked();
  parked.set_validate_only(true);
  v1::RedriveMessagesResponse redriven;
  EXPECT_EQ(Do(&Stub::RedriveMessages, parked, redriven, "operator-all"), grpc::OK);
  v1::GetQueueStatsResponse queue;
  EXPECT_EQ(Do(&Stub::GetQueueStats, v1::GetQueueStatsRequest(), queue, "operator-all"), grpc::OK);
  v1::GetDeliveryStatsResponse delivery;
  EXPECT_EQ(Do(&Stub::GetDeliveryStats, v1::GetDeliveryStatsRequest(), delivery, "operator-all"),
            grpc::OK);
  v1::ProbeRelayRequest probe;
  probe.set_relay("mx1");
  v1::ProbeRelayResponse probed;
  EXPECT_EQ(Do(&Stub::ProbeRelay, probe, probed, "operator-all"), grpc::FAILED_PRECONDITION);
}

TEST_F(OperationsServiceTest, IsForNobodyElse) {
  v1::GetQueueStatsResponse queue;
  EXPECT_EQ(Do(&Stub::GetQueueStats, v1::GetQueueStatsRequest(), queue, "acme-all"),
            grpc::PERMISSION_DENIED);
  v1::CreateHoldRequest create;
  create.set_scope(v1::Hold::ALL);
  create.set_reason("mischief");
  v1::Hold hold;
  EXPECT_EQ(Do(&Stub::CreateHold, create, hold, "operator-reads"), grpc::PERMISSION_DENIED);
  EXPECT_EQ(Do(&Stub::GetQueueStats, v1::GetQueueStatsRequest(), queue, "operator-reads"),
            grpc::OK);
}

}  // namespace
}  // namespace posthaste::api
