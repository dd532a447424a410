// The wrapper that every method passes, over a real connection.
#include "service/api/bridge.h"

#include "absl/strings/str_replace.h"
#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

using BridgeTest = GrpcTest;

std::string PathOf(const Method& method) {
  return "/posthaste.v1." + std::string(method.service) + "/" + std::string(method.name);
}

TEST_F(BridgeTest, RefusesEveryMethodWithoutAKey) {
  for (const Method& method : kMethods) {
    EXPECT_EQ(Raw(PathOf(method), "").verdict(), "UNAUTHENTICATED CREDENTIAL_INVALID")
        << method.name;
    EXPECT_EQ(Raw(PathOf(method), "", {{"authorization", "Bearer acme-all.wrong"}}).verdict(),
              "UNAUTHENTICATED CREDENTIAL_INVALID")
        << method.name;
  }
}

TEST_F(BridgeTest, RefusesEveryMethodToAKeyWithoutItsScope) {
  for (const Method& method : kMethods) {
    for (const std::string& scope :
         {std::string("verifications.send"), std::string("verifications.check"),
          std::string("messages.send"), std::string("messages.read")}) {
      const bool enough = method.scope == scope || method.other_scope == scope;
      const std::string key = "Bearer acme-" + absl::StrReplaceAll(scope, {{".", "-"}}) + ".s3cret";
      const Outcome outcome = Raw(PathOf(method), "", {{"authorization", key}});
      if (method.scope == kAnyKey) {
        EXPECT_TRUE(outcome.status.ok()) << method.name << " with " << scope;
      } else if (enough) {
        EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
            << method.name << " with " << scope;
      } else {
        EXPECT_EQ(outcome.verdict(), "PERMISSION_DENIED SCOPE_MISSING")
            << method.name << " with " << scope;
      }
    }
  }
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return bridge_->calls() == 0; }))
      << "no call is left behind";
}

TEST_F(BridgeTest, TellsInTrailersWhatTheStatusCannot) {
  v1::SendVerificationCodeRequest request;
  request.set_recipient("ana@example.com");
  request.set_purpose("password_reset");
  request.set_request_id("r1");
  v1::Verification first, again;
  const Outcome taken = Call("VerificationService/SendVerificationCode", request, first);
  EXPECT_EQ(taken.verdict(), "OK");
  EXPECT_EQ(taken.trailers.count("x-idempotent-replay"), 0u);
  EXPECT_EQ(taken.trailers.count("x-durability"), 0u);
  const Outcome replay = Call("VerificationService/SendVerificationCode", request, again);
  EXPECT_EQ(replay.Trailer("x-idempotent-replay"), "true");
  EXPECT_EQ(again.id(), first.id());
  request.set_request_id("r2");
  const Outcome refused = Call("VerificationService/SendVerificationCode", request, again);
  EXPECT_EQ(refused.verdict(), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
  const int wait = std::stoi("0" + refused.Trailer("grpc-retry-pushback-ms"));
  EXPECT_GT(wait, 1000);
  EXPECT_LE(wait, 30'000);
}

TEST_F(BridgeTest, RefusesNewCallsOnceItStops) {
  bridge_->StopTaking();
  const Outcome outcome =
      Raw("/posthaste.v1.MessageService/GetMessage", "", {{"authorization", kAllOfAcme}});
  EXPECT_EQ(outcome.verdict(), "UNAVAILABLE SHUTTING_DOWN");
  EXPECT_EQ(outcome.Trailer("grpc-retry-pushback-ms"), "200");
  EXPECT_EQ(Raw("/posthaste.v1.MessageService/WatchMessage", "", {{"authorization", kAllOfAcme}})
                .Trailer("grpc-retry-pushback-ms"),
            "200");
}

TEST_F(BridgeTest, CarriesAWellFormedTraceparentAndNoOther) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  v1::SendPasswordChangedRequest request;
  request.set_recipient("ana@example.com");
  const auto stored = [&](const std::string& traceparent) {
    v1::Message message;
    EXPECT_EQ(Call("NotificationService/SendPasswordChanged", request, message,
                   {{"authorization", kAllOfAcme}, {"traceparent", traceparent}})
                  .verdict(),
              "OK");
    const int shard = queue::ParseId('m', message.id(), store_->keys().shards()).value();
    const std::string bytes = Redis().Call({"GET", store_->keys().Message(shard, message.id())});
    return queue::Decode(bytes, message.id()).value().live.traceparent();
  };
  EXPECT_EQ(stored(good), good);
  for (const std::string& bad :
       {std::string("x"), good + "0",
        std::string("00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}) {
    EXPECT_EQ(stored(bad), "") << bad;
  }
}

TEST_F(BridgeTest, KeepsARefusalSmallEnoughForItsReader) {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("greeting");
  for (int i = 0; i < 2000; ++i)
    (*request.mutable_variables()->mutable_fields())["undeclared_" + std::to_string(i)]
        .set_bool_value(true);
  v1::Message message;
  EXPECT_EQ(Call("NotificationService/SendTemplate", request, message).status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_template_name(std::string(20'000, 'x'));
  EXPECT_EQ(Call("NotificationService/SendTemplate", request, message).verdict(),
            "NOT_FOUND TEMPLATE_NOT_FOUND");
}

TEST_F(BridgeTest, TellsACallerWhatTakesTooLongAndDoesItToItsEnd) {
  Bridge bridge(*snapshots_, absl::Seconds(1));
  const auto server = Server::Start(world_.config.grpc(), bridge);
  ASSERT_TRUE(server.ok()) << server.status();
  const auto channel =
      grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials());
  v1::SendPasswordChangedRequest request;
  request.set_recipient("ana@example.com");
  request.set_request_id("r1");
  const auto send = [&] {
    return RawOver(channel, "/posthaste.v1.NotificationService/SendPasswordChanged",
                   request.SerializeAsString(), {{"authorization", kAllOfAcme}});
  };
  Redis().Call({"CLIENT", "PAUSE", "60000", "WRITE"});
  EXPECT_EQ(send().verdict(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(bridge.calls(), 1) << "it is still under way";
  Redis().Call({"CLIENT", "UNPAUSE"});
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return bridge.calls() == 0; }));
  Outcome again;
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] {
    again = send();
    return again.status.ok();
  })) << again.verdict();
  EXPECT_EQ(again.Trailer("x-idempotent-replay"), "true");
}

class NarrowTest : public GrpcTest {
 protected:
  NarrowTest()
      : GrpcTest([](config::v1::Config& config) {
          config.mutable_tenants(0)->mutable_keys(0)->add_source_networks("192.0.2.0/24");
          config.mutable_tenants(1)->mutable_keys(0)->add_source_networks("127.0.0.0/8");
        }) {}
};

TEST_F(NarrowTest, RefusesAKeyThatComesFromElsewhere) {
  const auto get = [&](const char* key) {
    return Raw("/posthaste.v1.MessageService/GetMessage", "", {{"authorization", key}}).verdict();
  };
  EXPECT_EQ(get(kAllOfAcme), "PERMISSION_DENIED SOURCE_NETWORK_DENIED");
  EXPECT_EQ(get("Bearer globex-all.s3cret"), "INVALID_ARGUMENT FIELD_INVALID");
}

TEST_F(BridgeTest, KnowsAKeyNoMoreAsSoonAsAReloadTookIt) {
  const auto get = [&](const char* key) {
    return Raw("/posthaste.v1.MessageService/GetMessage", "", {{"authorization", key}}).verdict();
  };
  EXPECT_EQ(get(kAllOfAcme), "INVALID_ARGUMENT FIELD_INVALID");
  config::v1::Config config = world_.config;
  config.mutable_tenants(0)->mutable_keys()->DeleteSubrange(0, 1);
  snapshots_->Replace(snapshots_->Prepare(SnapshotOf(config)));
  EXPECT_EQ(get(kAllOfAcme), "UNAUTHENTICATED CREDENTIAL_INVALID");
}

TEST(Bridge, SaysNothingOfFaultsThatAreNoRefusals) {
  const grpc::Status status =
      ToGrpc(absl::InternalError("/etc/posthaste/keys/seal-1: zstd failed"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message(), "internal error");
  EXPECT_EQ(status.error_details(), "");
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
}

class RelaxedTest : public GrpcTest {
 protected:
  RelaxedTest()
      : GrpcTest([](config::v1::Config& c) {
          c.mutable_redis()->set_durability(config::v1::Redis::RELAXED);
        }) {}
};

TEST_F(RelaxedTest, TellsThatItsOkIsWeak) {
  v1::GetMessageRequest request;
  v1::Message message;
  EXPECT_EQ(Call("MessageService/GetMessage", request, message).Trailer("x-durability"), "relaxed");
}

}  // namespace
}  // namespace posthaste::api
