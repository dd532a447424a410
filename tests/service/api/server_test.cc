#include "service/api/server.h"

#include "tests/service/api/grpc_fixture.h"
#include "tests/service/redis/harness.h"

namespace posthaste::api {
namespace {

using ServerTest = GrpcTest;

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kServing[] = "\x08\x01", kNotServing[] = "\x08\x02";

// HealthCheckRequest{service}
std::string OfService(const std::string& name) {
  return name.empty() ? "" : std::string("\x0A") + static_cast<char>(name.size()) + name;
}

TEST_F(ServerTest, SaysNotServingUntilItServesAndAgainBeforeItStops) {
  for (const char* service : {"", "posthaste.v1.VerificationService",
                              "posthaste.v1.NotificationService", "posthaste.v1.MessageService"}) {
    const auto health = [&] {
      std::string answer;
      EXPECT_TRUE(Raw(kHealth, OfService(service), {}, &answer).status.ok()) << service;
      return answer;
    };
    server_->SetServing(false);
    EXPECT_EQ(health(), kNotServing) << service;
    server_->SetServing(true);
    EXPECT_EQ(health(), kServing) << service;
  }
}

TEST_F(ServerTest, DoesNotServeAtFirst) {
  std::string answer;
  EXPECT_TRUE(Raw(kHealth, "", {}, &answer).status.ok());
  EXPECT_EQ(answer, kNotServing);
}

TEST_F(ServerTest, RefusesARequestOfMoreThanAMebibyte) {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("greeting");
  (*request.mutable_variables()->mutable_fields())["name"].set_string_value(
      std::string(1 << 20, 'x'));
  v1::Message message;
  EXPECT_EQ(Call("NotificationService/SendTemplate", request, message).status.error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  (*request.mutable_variables()->mutable_fields())["name"].set_string_value(
      std::string((1 << 20) - 1000, 'x'));
  EXPECT_EQ(Call("NotificationService/SendTemplate", request, message).verdict(),
            "INVALID_ARGUMENT VARIABLE_TYPE")
      << "just below, it is looked at";
}

TEST_F(ServerTest, DoesNotShareItsAddress) {
  config::v1::Grpc config = world_.config.grpc();
  config.set_address(server_->address());
  const absl::Status status = Server::Start(config, *bridge_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(server_->address()));
}

TEST_F(ServerTest, ListensOnAUnixSocket) {
  const TempDir dir;
  config::v1::Grpc config;
  config.set_address("unix:" + dir.File("s"));
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(config, *bridge_);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ((*server)->address(), config.address());
  const auto channel = grpc::CreateChannel(config.address(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(RawOver(channel, "/posthaste.v1.MessageService/GetMessage", "", {}).verdict(),
            "UNAUTHENTICATED CREDENTIAL_INVALID");
}

TEST_F(ServerTest, RefusesCallsAfterItsStop) {
  server_->Stop(absl::Seconds(1));
  grpc::ClientContext context;
  const auto stub = v1::MessageService::NewStub(channel_);
  v1::Message message;
  EXPECT_EQ(stub->GetMessage(&context, v1::GetMessageRequest(), &message).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  server_->Stop(absl::ZeroDuration());
}

class TlsServerTest : public GrpcTest {
 protected:
  config::v1::Grpc Config(bool mutual) const {
    config::v1::Grpc config;
    config.set_address("127.0.0.1:0");
    config.mutable_tls()->set_certificate_file(ca_.certificate("server"));
    config.mutable_tls()->set_key_file(ca_.key("server"));
    if (mutual) config.mutable_tls()->set_client_ca_file(ca_.ca());
    return config;
  }

  // Who calls with these credentials.
  static std::string Verdict(const Server& server, const redis::ThrowawayCa& trusted,
                             const redis::ThrowawayCa* own) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ReadFile(trusted.ca());
    if (own != nullptr) {
      options.pem_private_key = ReadFile(own->key("client"));
      options.pem_cert_chain = ReadFile(own->certificate("client"));
    }
    const auto channel = grpc::CreateChannel(server.address(), grpc::SslCredentials(options));
    return RawOver(channel, "/posthaste.v1.MessageService/GetMessage", "",
                   {{"authorization", kAllOfAcme}})
        .verdict();
  }

  const redis::ThrowawayCa ca_, other_;
};

constexpr char kArrived[] = "INVALID_ARGUMENT FIELD_INVALID";

TEST_F(TlsServerTest, SpeaksTlsToWhoTrustsItsAuthority) {
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(Config(false), *bridge_);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(Verdict(**server, ca_, nullptr), kArrived);
  EXPECT_EQ(Verdict(**server, other_, nullptr), "UNAVAILABLE");
  const auto plain = grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(
      RawOver(plain, "/posthaste.v1.MessageService/GetMessage", "", {{"authorization", kAllOfAcme}})
          .verdict(),
      "UNAVAILABLE");
}

TEST_F(TlsServerTest, AsksForACertificateWhenItHasAnAuthorityForClients) {
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(Config(true), *bridge_);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(Verdict(**server, ca_, &ca_), kArrived);
  EXPECT_EQ(Verdict(**server, ca_, nullptr), "UNAVAILABLE");
  EXPECT_EQ(Verdict(**server, ca_, &other_), "UNAVAILABLE");
}

TEST_F(TlsServerTest, DoesNotStartWithWhatItCannotUse) {
  config::v1::Grpc config = Config(false);
  config.mutable_tls()->set_certificate_file("/nonexistent.pem");
  EXPECT_EQ(Server::Start(config, *bridge_).status().code(), absl::StatusCode::kInvalidArgument);
  config = Config(false);
  config.mutable_tls()->set_key_file("/nonexistent.key");
  EXPECT_FALSE(Server::Start(config, *bridge_).ok());
  config = Config(false);
  config.mutable_tls()->set_key_file(other_.key("server"));
  EXPECT_FALSE(Server::Start(config, *bridge_).ok()) << "the key of another certificate";
}

}  // namespace
}  // namespace posthaste::api
