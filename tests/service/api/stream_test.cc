#include "service/api/stream.h"

#include <atomic>

#include "posthaste/v1/event_service.grpc.pb.h"
#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

constexpr const Method& kMethod = *FindMethod("StreamEvents");

std::atomic<bool> given_up = false;

// Sends more than any window takes.
Task<absl::Status> Flood(const Bridge& /*bridge*/, Call& /*call*/,
                         const v1::StreamEventsRequest& /*request*/,
                         Stream<v1::StreamEventsResponse>& stream, StreamLink& /*link*/) {
  v1::StreamEventsResponse response;
  response.set_resume_token(std::string(200'000, 'x'));
  for (int i = 0; i < 1000; ++i) {
    absl::Status sent = co_await stream.Send(response);
    if (sent.ok()) continue;
    given_up = absl::IsResourceExhausted(sent);
    co_return sent;
  }
  co_return absl::OkStatus();
}

class FloodService final : public v1::EventService::CallbackService {
 public:
  explicit FloodService(Bridge& bridge) : bridge_(bridge) {}
  grpc::ServerWriteReactor<v1::StreamEventsResponse>* StreamEvents(
      grpc::CallbackServerContext* context, const v1::StreamEventsRequest* request) override {
    return StartStream<v1::StreamEventsRequest, v1::StreamEventsResponse>(
        bridge_, kMethod, context, *request, Flood, kStreamLook);
  }

 private:
  Bridge& bridge_;
};

TEST_F(GrpcTest, AStreamThatNobodyReadsEndsAndKeepsItsPlaceUntilItIsGone) {
  EXPECT_EQ(kUnreadMax, absl::Minutes(5)) << "as event_service.proto says";
  FloodService service(*bridge_);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto stub = v1::EventService::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", kAllOfAcme);
  const auto reader = stub->StreamEvents(&context, v1::StreamEventsRequest());
  ASSERT_TRUE(PollUntil(absl::Seconds(30), [] { return given_up.load(); }));
  EXPECT_TRUE(On(store_->client().WaitReady(absl::Seconds(20))).ok()) << "the loop went on";
  EXPECT_EQ(bridge_->calls(), 1) << "gRPC still has it";
  context.TryCancel();
  EXPECT_TRUE(PollUntil(absl::Seconds(30), [this] { return bridge_->calls() == 0; }));
  server->Shutdown();
}

}  // namespace
}  // namespace posthaste::api
