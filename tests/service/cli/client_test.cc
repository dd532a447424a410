// Against a gRPC server of the test's own, which answers as the service would; tests/e2e has the
// service itself.
#include "service/cli/client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "posthaste/v1/event_service.grpc.pb.h"
#include "posthaste/v1/message_service.grpc.pb.h"
#include "posthaste/v1/verification_service.grpc.pb.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

class Verifications final : public v1::VerificationService::Service {
 public:
  grpc::Status SendVerificationCode(grpc::ServerContext* context,
                                    const v1::SendVerificationCodeRequest* request,
                                    v1::Verification* answer) override {
    const auto found = context->client_metadata().find("authorization");
    if (found != context->client_metadata().end())
      authorization = std::string(found->second.data(), found->second.size());
    answer->set_purpose(request->purpose());
    if (request->purpose() != "refused") return grpc::Status::OK;
    google::rpc::Status status;
    google::rpc::ErrorInfo info;
    info.set_reason("RESEND_COOLDOWN");
    status.add_details()->PackFrom(info);
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "later", status.SerializeAsString());
  }
  std::string authorization;
};

class Messages final : public v1::MessageService::Service {
 public:
  grpc::Status WatchMessage(grpc::ServerContext* context, const v1::WatchMessageRequest* request,
                            grpc::ServerWriter<v1::WatchMessageResponse>* writer) override {
    v1::WatchMessageResponse response;
    response.mutable_message()->set_id(request->id());
    for (const auto state : {v1::Message::QUEUED, v1::Message::SENDING, v1::Message::ACCEPTED}) {
      response.mutable_message()->set_state(state);
      writer->Write(response);
    }
    while (request->id() == "open" && !context->IsCancelled())
      absl::SleepFor(absl::Milliseconds(1));
    return request->id() == "lost" ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone")
                                   : grpc::Status::OK;
  }
};

class Events final : public v1::EventService::Service {
 public:
  grpc::Status StreamEvents(grpc::ServerContext* context, const v1::StreamEventsRequest* request,
                            grpc::ServerWriter<v1::StreamEventsResponse>* writer) override {
    v1::StreamEventsResponse response;
    response.set_resume_token(request->resume_token() + "+");
    while (!context->IsCancelled() && writer->Write(response))
      absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::OK;
  }
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + dir_.File("grpc.sock"), grpc::InsecureServerCredentials());
    builder.RegisterService(&verifications_);
    builder.RegisterService(&messages_);
    builder.RegisterService(&events_);
    server_ = builder.BuildAndStart();
  }
  Client Make(const std::string& address) {
    Access access;
    access.address = address;
    access.key = Secret("web.secret");
    return *Client::Make(access, absl::Seconds(10));
  }
  Client Connected() { return Make("unix:" + dir_.File("grpc.sock")); }
  std::optional<Refusal> Send(Client client, const std::string& purpose) {
    v1::SendVerificationCodeRequest request;
    request.set_purpose(purpose);
    return client.Send(request, &answer_);
  }

  TempDir dir_;
  Verifications verifications_;
  Messages messages_;
  Events events_;
  std::unique_ptr<grpc::Server> server_;
  v1::Verification answer_;
};

TEST_F(ClientTest, ShowsItsKeyAndBringsTheAnswer) {
  EXPECT_FALSE(Send(Connected(), "sign_in").has_value());
  EXPECT_EQ(verifications_.authorization, "Bearer web.secret");
  EXPECT_EQ(answer_.purpose(), "sign_in");
}

TEST_F(ClientTest, BringsARefusalWithItsReason) {
  const std::optional<Refusal> refusal = Send(Connected(), "refused");
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "RESEND_COOLDOWN");
  EXPECT_EQ(CodeName(refusal->code), "RESOURCE_EXHAUSTED");
}

TEST_F(ClientTest, SaysUnavailableWhereNobodyListens) {
  const std::optional<Refusal> refusal =
      Send(Make("127.0.0.1:" + std::to_string(FreePort())), "sign_in");
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(CodeName(refusal->code), "UNAVAILABLE");
}

TEST_F(ClientTest, WatchesUntilTheEndOrUntilItIsEnough) {
  int seen = 0;
  const auto count = [&seen](const v1::Message&) { return ++seen < 100; };
  EXPECT_FALSE(Connected().Watch("m", absl::Seconds(10), count).has_value());
  EXPECT_EQ(seen, 3);
  const auto until_sending = [](const v1::Message& message) {
    return message.state() != v1::Message::SENDING;
  };
  EXPECT_FALSE(Connected().Watch("open", absl::Seconds(10), until_sending).has_value());
  EXPECT_FALSE(Connected().Watch("open", absl::Milliseconds(200), count).has_value())
      << "a limit is no refusal";
  EXPECT_TRUE(Connected().Watch("lost", absl::Seconds(10), count).has_value());
}

TEST_F(ClientTest, FollowsEventsUntilItIsEnough) {
  v1::StreamEventsRequest request;
  request.set_resume_token("t");
  std::string token;
  int seen = 0;
  const auto three = [&](const v1::StreamEventsResponse& response) {
    token = response.resume_token();
    return ++seen < 3;
  };
  EXPECT_FALSE(Connected().Follow(request, absl::Seconds(10), three).has_value());
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(token, "t+");
}

}  // namespace
}  // namespace posthaste::cli
