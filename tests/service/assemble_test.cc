#include "service/assemble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "service/config/load.h"
#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class AssembleTest : public testing::Test {
 protected:
  AssembleTest() {
    config::v1::Relay& relay = *config_.add_relays();
    relay.set_id("mx1");
    relay.set_host("mx.example.test");
    relay.set_port(587);
    relay.set_sessions(7);
    relay.set_transactions_per_session(50);
    relay.set_messages_per_second(2.5);
    *relay.mutable_idle() = config::FromSeconds(12);
    config_.mutable_worker()->set_ehlo_name("client.test");
    config::FillDefaults(config_);
  }

  smtp::RelayOptions Options() {
    return RelaysOf(config_, SystemClock()).value().at("mx1")->options();
  }
  std::string Refusal() {
    const absl::Status status = RelaysOf(config_, SystemClock()).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }
  config::v1::Relay& relay() { return *config_.mutable_relays(0); }

  static redis::ClientOptions RedisAt(const std::string& address) {
    config::v1::Redis config;
    config.set_address(address);
    return RedisOptionsOf(config).value();
  }

  const TempDir dir_;
  config::v1::Config config_;
};

TEST_F(AssembleTest, ReadsEveryFormOfRedisAddress) {
  EXPECT_EQ(RedisAt("unix:/run/redis.sock").unix_path, "/run/redis.sock");
  const redis::ClientOptions named = RedisAt("redis.test:6380");
  EXPECT_EQ(named.unix_path, "");
  EXPECT_EQ(named.host, "redis.test");
  EXPECT_EQ(named.port, 6380);
  EXPECT_EQ(RedisAt("[::1]:6379").host, "::1");
}

TEST_F(AssembleTest, NamesTheSettingOfARedisAddressThatIsNone) {
  for (const char* wrong : {"redis.test", "redis.test:", "redis.test:x", "redis.test:0",
                            "redis.test:70000", "6379", ""}) {
    config::v1::Redis config;
    config.set_address(wrong);
    const absl::Status status = RedisOptionsOf(config).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << wrong;
    EXPECT_THAT(std::string(status.message()), StartsWith("redis.address: ")) << wrong;
  }
}

TEST_F(AssembleTest, ReadsThePasswordOfRedisFromItsFile) {
  config::v1::Redis config;
  config.set_address("127.0.0.1:6379");
  config.set_username("posthaste");
  config.set_password_file(dir_.Write("password", "secret\n"));
  *config.mutable_timeout() = config::FromSeconds(3);
  config.set_tls(true);
  config.set_ca_file("/ca.pem");
  const redis::ClientOptions options = RedisOptionsOf(config).value();
  EXPECT_EQ(options.username, "posthaste");
  EXPECT_EQ(options.password.Reveal(), "secret");
  EXPECT_EQ(options.command_limit, absl::Seconds(3));
  EXPECT_TRUE(options.tls.enabled);
  EXPECT_EQ(options.tls.ca_file, "/ca.pem");
  config.set_password_file(dir_.File("none"));
  EXPECT_THAT(std::string(RedisOptionsOf(config).status().message()),
              StartsWith("redis.password_file: "));
}

TEST_F(AssembleTest, TakesTheStrongDurabilityUnlessToldOtherwise) {
  config::v1::Redis config;
  EXPECT_EQ(DurabilityOf(config), redis::Durability::kLocal);
  config.set_durability(config::v1::Redis::RELAXED);
  EXPECT_EQ(DurabilityOf(config), redis::Durability::kRelaxed);
}

TEST_F(AssembleTest, HandsEverySettingOfARelayOn) {
  const smtp::RelayOptions options = Options();
  EXPECT_EQ(options.host, "mx.example.test");
  EXPECT_EQ(options.port, 587);
  EXPECT_EQ(options.limits.sessions_max, 7);
  EXPECT_EQ(options.limits.messages_per_second, 2.5);
  EXPECT_EQ(options.transactions_max, 50);
  EXPECT_EQ(options.idle_max, absl::Seconds(12));
  EXPECT_EQ(options.session.ehlo_name, "client.test");
  EXPECT_EQ(options.session.tls_name, "mx.example.test");
  EXPECT_FALSE(options.session.auth_without_tls);
}

TEST_F(AssembleTest, HandsEveryTimeoutOfARelayOn) {
  const auto limits_of = [](const smtp::PhaseLimits& limits) {
    return std::vector<absl::Duration>{
        limits.connect, limits.greeting, limits.ehlo, limits.starttls, limits.auth,
        limits.mail,    limits.rcpt,     limits.data, limits.body,     limits.dot};
  };
  EXPECT_EQ(limits_of(Options().session.limits), limits_of(smtp::PhaseLimits()));
  config::v1::PhaseTimeouts& timeouts = *relay().mutable_timeouts();
  std::vector<absl::Duration> told;
  for (const auto& [seconds, timeout] :
       std::vector<std::pair<int, google::protobuf::Duration*>>{{1, timeouts.mutable_connect()},
                                                                {2, timeouts.mutable_greeting()},
                                                                {3, timeouts.mutable_ehlo()},
                                                                {4, timeouts.mutable_starttls()},
                                                                {5, timeouts.mutable_auth()},
                                                                {6, timeouts.mutable_mail()},
                                                                {7, timeouts.mutable_rcpt()},
                                                                {8, timeouts.mutable_data()},
                                                                {9, timeouts.mutable_body()},
                                                                {10, timeouts.mutable_dot()}}) {
    *timeout = config::FromSeconds(seconds);
    told.push_back(absl::Seconds(seconds));
  }
  EXPECT_EQ(limits_of(Options().session.limits), told);
}

TEST_F(AssembleTest, ReadsATokensFileForEverySession) {
  EXPECT_EQ(Options().session.tokens, nullptr);
  const std::string file = dir_.Write("token", "t1\n");
  relay().set_username("app");
  relay().set_token_file(file);
  const std::shared_ptr<smtp::TokenSource> tokens = Options().session.tokens;
  ASSERT_NE(tokens, nullptr);
  Loop loop;
  EXPECT_EQ(RunTask(loop, tokens->Token())->Reveal(), "t1");
  dir_.Write("token", "t2\n");
  EXPECT_EQ(RunTask(loop, tokens->Token())->Reveal(), "t2");
  relay().set_token_file(dir_.File("none"));
  EXPECT_THAT(Refusal(), StartsWith("relays[0].token_file: "));
}

TEST_F(AssembleTest, RunsATokensProgram) {
  relay().set_username("app");
  for (const char* word : {"/bin/echo", "t0ken"}) relay().add_token_command(word);
  Loop loop;
  EXPECT_EQ(RunTask(loop, Options().session.tokens->Token())->Reveal(), "t0ken");
}

// The configuration's list of names and the client's are one.
TEST_F(AssembleTest, KnowsEveryMechanismThatTheConfigurationAllows) {
  EXPECT_EQ(Options().session.mechanisms, smtp::DefaultMechanisms());
  for (int i = 0; i <= static_cast<int>(smtp::Mechanism::kCramMd5); ++i) {
    const auto mechanism = static_cast<smtp::Mechanism>(i);
    relay().clear_auth_mechanisms();
    relay().add_auth_mechanisms(std::string(smtp::MechanismName(mechanism)));
    EXPECT_EQ(Options().session.mechanisms, std::vector<smtp::Mechanism>{mechanism});
    const absl::Status checked = config::CheckConfig(config_);
    EXPECT_EQ(std::string(checked.message()).find("auth_mechanisms"), std::string::npos) << checked;
  }
}

TEST_F(AssembleTest, HandsOnWhichExtensionsToIgnore) {
  relay().add_ignored_extensions("CHUNKING");
  EXPECT_EQ(Options().session.ignored_extensions, std::vector<std::string>{"CHUNKING"});
}

TEST_F(AssembleTest, AsksForAGoodCertificateUnlessToldOtherwise) {
  const std::pair<config::v1::Relay::Tls, smtp::TlsLevel> levels[] = {
      {config::v1::Relay::TLS_UNSPECIFIED, smtp::TlsLevel::kVerified},
      {config::v1::Relay::VERIFIED, smtp::TlsLevel::kVerified},
      {config::v1::Relay::REQUIRED, smtp::TlsLevel::kRequired},
      {config::v1::Relay::OPPORTUNISTIC, smtp::TlsLevel::kOpportunistic},
      {config::v1::Relay::NONE, smtp::TlsLevel::kNone}};
  for (const auto& [setting, level] : levels) {
    relay().set_tls(setting);
    EXPECT_EQ(Options().session.tls, level) << setting;
  }
}

TEST_F(AssembleTest, SendsCredentialsInClearOnThisMachineOnly) {
  relay().set_host("127.0.0.1");
  EXPECT_TRUE(Options().session.auth_without_tls);
  relay().set_host("192.0.2.1");
  EXPECT_FALSE(Options().session.auth_without_tls);
}

TEST_F(AssembleTest, GreetsByAnAddressWhereTheMachineHasNoWholeName) {
  config_.mutable_worker()->clear_ehlo_name();
  const std::string name = Options().session.ehlo_name;
  EXPECT_TRUE(name == "[127.0.0.1]" || name.find('.') != std::string::npos) << name;
}

TEST_F(AssembleTest, NamesTheSettingOfARelaysFileThatIsWrong) {
  relay().set_password_file(dir_.File("none"));
  EXPECT_THAT(Refusal(), StartsWith("relays[0].password_file: "));
  relay().clear_password_file();
  relay().set_ca_file(dir_.Write("ca.pem", "no certificate"));
  EXPECT_THAT(Refusal(), StartsWith("relays[0].ca_file: "));
}

TEST_F(AssembleTest, ReadsTheKeysThatSignAndMakesThreadsForThem) {
  config_.mutable_worker()->set_loops(2);
  config_.mutable_worker()->set_slots(8);
  EXPECT_EQ(SignersOf(config_), nullptr);
  EXPECT_TRUE(DkimKeysOf(config_).value().For("example.test").empty());
  config::v1::Dkim& dkim = *config_.add_dkim();
  dkim.set_domain("example.test");
  dkim.set_selector("s1");
  dkim.set_key_file(dir_.Write(
      "ed.pem", crypto::SigningKey::Generate(crypto::SigningKey::Kind::kEd25519).ToPem()));
  EXPECT_NE(SignersOf(config_), nullptr);
  const smtp::DkimKeys keys = DkimKeysOf(config_).value();
  ASSERT_EQ(keys.For("mail.example.test").size(), 1u);
  EXPECT_EQ(keys.For("mail.example.test")[0].selector, "s1");
  dkim.set_key_file(dir_.File("none"));
  EXPECT_THAT(std::string(DkimKeysOf(config_).status().message()),
              StartsWith("dkim[0].key_file: "));
}

TEST_F(AssembleTest, KeepsTheOrderOfATenantsRelays) {
  config::v1::Relay second = config_.relays(0);
  second.set_id("mx2");
  *config_.add_relays() = second;
  config::v1::Tenant& tenant = *config_.add_tenants();
  tenant.set_id("shop");
  tenant.add_relays("mx2");
  tenant.add_relays("mx1");
  const auto relays = RelaysOf(config_, SystemClock()).value();
  config::FillDefaults(config_);
  const auto routes = RoutesOf(config_, relays);
  ASSERT_EQ(routes.at("shop").size(), 2u);
  EXPECT_EQ(routes.at("shop")[0].relay, relays.at("mx2"));
  EXPECT_EQ(routes.at("shop")[1].relay, relays.at("mx1"));
  EXPECT_LT(routes.at("shop")[0].rank, routes.at("shop")[1].rank);
}

TEST_F(AssembleTest, KeepsRanksAndWeights) {
  config::v1::Tenant& tenant = *config_.add_tenants();
  tenant.set_id("shop");
  config::v1::RouteStep& step = *tenant.add_route();
  step.set_relay("mx1");
  step.set_rank(3);
  step.set_weight(7);
  config::FillDefaults(config_);
  const auto routes = RoutesOf(config_, RelaysOf(config_, SystemClock()).value());
  ASSERT_EQ(routes.at("shop").size(), 1u);
  EXPECT_EQ(routes.at("shop")[0].rank, 3);
  EXPECT_EQ(routes.at("shop")[0].weight, 7);
}

TEST_F(AssembleTest, LetsNoNameLeadToPrivateAddressesUnlessItIsAllowed) {
  relay().set_host("smtp.example.test");
  EXPECT_FALSE(Options().allow_private);
  relay().set_allow_private(true);
  EXPECT_TRUE(Options().allow_private);
  relay().set_allow_private(false);
  for (const char* place : {"127.0.0.1", "10.0.0.25", "::1", "localhost"}) {
    relay().set_host(place);
    EXPECT_TRUE(Options().allow_private) << place << " is what the operator wrote";
  }
}

TEST_F(AssembleTest, ReadsADirectRelayAndItsProviders) {
  Loop loop;
  EXPECT_EQ(DnsOf(config_, loop).value(), nullptr) << "nobody asks";
  relay().clear_host();
  relay().set_direct(true);
  config::v1::ProviderLimits& limits = *relay().add_providers();
  limits.set_provider("gmail");
  limits.set_sessions(3);
  EXPECT_TRUE(Options().direct);
  EXPECT_FALSE(Options().allow_private);
  EXPECT_EQ(Options().providers.at("gmail").sessions_max, 3);
  limits.set_provider("nobody");
  EXPECT_THAT(Refusal(), StartsWith("relays[0].providers[0].provider: no \"nobody\""));
  config_.mutable_dns()->add_servers("ns.example.test");
  const absl::Status refused = DnsOf(config_, loop).status();
  EXPECT_THAT(std::string(refused.message()),
              testing::AnyOf(StartsWith("dns.servers: "), StartsWith("relays[0].direct: ")));
}

}  // namespace
}  // namespace posthaste
