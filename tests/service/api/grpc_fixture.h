// What the tests over gRPC share: a server on a free port, a loop of its own on a real Redis, and
// clients.
#pragma once

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "posthaste/v1/message_service.grpc.pb.h"
#include "posthaste/v1/notification_service.grpc.pb.h"
#include "posthaste/v1/verification_service.grpc.pb.h"
#include "service/api/server.h"
#include "service/queue/ids.h"
#include "tests/service/api/world.h"
#include "tests/support/poll.h"
#include "tests/support/redis_server.h"

namespace posthaste::api {

// What a client learns beside the answer.
struct Outcome {
  grpc::Status status;
  std::multimap<std::string, std::string> trailers;

  std::string Trailer(const std::string& name) const {
    const auto found = trailers.find(name);
    return found == trailers.end() ? "" : found->second;
  }
  // As Verdict() of world.h.
  std::string verdict() const {
    if (status.ok()) return "OK";
    google::rpc::Status details;
    details.ParseFromString(status.error_details());
    google::rpc::ErrorInfo info;
    for (const google::protobuf::Any& any : details.details()) {
      if (any.UnpackTo(&info)) break;
    }
    return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code())) +
           (info.reason().empty() ? "" : " " + info.reason());
  }
};

inline constexpr char kAllOfAcme[] = "Bearer acme-all.s3cret";

class GrpcTest : public testing::Test {
 protected:
  explicit GrpcTest(const std::function<void(config::v1::Config&)>& edit =
                        [](config::v1::Config&) {})
      : world_([&](config::v1::Config& config) {
          config.mutable_grpc()->set_address("127.0.0.1:0");
          edit(config);
        }),
        guard_(asio::make_work_guard(loop_)) {
    Redis().Call({"FLUSHALL"});
    redis::ClientOptions options;
    options.unix_path = Redis().socket();
    options.command_limit = absl::Seconds(20);
    store_ = queue::Store::Make(loop_, options, world_.config.redis().shards(), SystemClock(),
                                world_.random)
                 .value();
    std::vector<Snapshots::Place> places(1, Snapshots::Place{&loop_, store_.get(), nullptr});
    snapshots_ = std::make_unique<Snapshots>(std::move(places), SnapshotOf(world_.config));
    bridge_ = std::make_unique<Bridge>(*snapshots_);
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(world_.config.grpc(), *bridge_);
    if (!server.ok()) throw std::runtime_error(server.status().ToString());
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    thread_ = std::thread([this] { loop_.run(); });
    if (!On(store_->client().WaitReady(absl::Seconds(20))).ok())
      throw std::runtime_error("redis is away");
  }

  ~GrpcTest() override {
    server_->Stop(absl::ZeroDuration());
    guard_.reset();
    loop_.stop();
    thread_.join();
  }

  // Of `config`, with the keys of the world.
  std::shared_ptr<const Snapshot> SnapshotOf(const config::v1::Config& config) const {
    return Snapshot::Make(config, world_.shared).value();
  }

  static RedisServer& Redis() {
    static RedisServer server{RedisOptions{.appendfsync = ""}};
    return server;
  }

  // Runs a task on the loop's thread.
  template <typename T>
  T On(Task<T> task) {
    return asio::co_spawn(loop_, std::move(task), asio::use_future).get();
  }

  // A call by the path of its method; the response's bytes are dropped unless `response` is given.
  Outcome Raw(const std::string& path, const std::string& request,
              const std::map<std::string, std::string>& metadata = {},
              std::string* response = nullptr) {
    return RawOver(channel_, path, request, metadata, response);
  }
  static Outcome RawOver(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                         const std::string& request,
                         const std::map<std::string, std::string>& metadata,
                         std::string* response = nullptr) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    for (const auto& [name, value] : metadata) context.AddMetadata(name, value);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(request);
    grpc::ByteBuffer sent(&slice, 1), received;
    auto call = stub.PrepareUnaryCall(&context, path, sent, &queue);
    call->StartCall();
    Outcome outcome;
    call->Finish(&received, &outcome.status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
      outcome.trailers.emplace(std::string(name.data(), name.size()),
                               std::string(value.data(), value.size()));
    }
    std::vector<grpc::Slice> parts;
    if (response != nullptr && received.Valid() && received.Dump(&parts).ok()) {
      for (const grpc::Slice& part : parts)
        response->append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
    return outcome;
  }

  template <typename Request, typename Response>
  Outcome Call(const std::string& path, const Request& request, Response& response,
               std::map<std::string, std::string> metadata = {{"authorization", kAllOfAcme}}) {
    std::string bytes;
    Outcome outcome = Raw("/posthaste.v1." + path, request.SerializeAsString(), metadata, &bytes);
    if (outcome.status.ok()) {
      EXPECT_TRUE(response.ParseFromString(bytes));
    }
    return outcome;
  }

  v1::Verification SendCode(const std::string& recipient = "ana@example.com") {
    v1::SendVerificationCodeRequest request;
    request.set_recipient(recipient);
    request.set_purpose("password_reset");
    v1::Verification verification;
    EXPECT_EQ(Call("VerificationService/SendVerificationCode", request, verification).verdict(),
              "OK");
    return verification;
  }

  World world_;
  Loop loop_{1};
  asio::executor_work_guard<Loop::executor_type> guard_;
  std::unique_ptr<queue::Store> store_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<Bridge> bridge_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::thread thread_;
};

}  // namespace posthaste::api
