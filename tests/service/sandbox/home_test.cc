#include "service/sandbox/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "service/cli/access.h"
#include "service/cli/serve.h"
#include "service/config/load.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HomeTest : public ::testing::Test {
 protected:
  Home Open() { return *Home::Open(dir_.File("home"), SystemRandom()); }
  config::v1::Config Parse(const std::string& yaml) {
    const absl::StatusOr<config::v1::Config> config = config::ParseConfig(yaml);
    EXPECT_TRUE(config.ok()) << config.status() << "\n" << yaml;
    return config.value_or(config::v1::Config());
  }
  const Addresses addresses_{"127.0.0.1:1", "127.0.0.1:2", 3, "/tmp/redis.sock"};
  TempDir dir_;
};

TEST_F(HomeTest, MakesKeysOnceAndForItsOwnerOnly) {
  const std::string first(Open().api_key().Reveal());
  EXPECT_THAT(first, StartsWith("sandbox."));
  EXPECT_EQ(Open().api_key().Reveal(), first);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.File("home"))) {
    struct stat facts {};
    ASSERT_EQ(stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 077, 0u) << entry.path();
  }
}

TEST_F(HomeTest, MakesKeysAnewThatWereCutShort) {
  dir_.Write("home/keys.new/hash.key", "half");
  EXPECT_THAT(std::string(Open().api_key().Reveal()), StartsWith("sandbox."));
}

TEST_F(HomeTest, IsForOneSandboxAtATime) {
  {
    const Home home = Open();
    const absl::StatusOr<Home> second = Home::Open(dir_.File("home"), SystemRandom());
    EXPECT_THAT(second.status().ToString(),
                HasSubstr("a sandbox runs in " + dir_.File("home") + " already"));
    ASSERT_TRUE(
        cli::WriteClientFile(home.folder(), "127.0.0.1:1", home.api_key(), home.operator_key())
            .ok());
  }
  Open();
  EXPECT_FALSE(std::filesystem::exists(dir_.File("home/client.yaml")))
      << "clients would ask nobody";
}

TEST_F(HomeTest, NamesAFolderThatCannotBeMade) {
  EXPECT_THAT(Home::Open("/proc/nowhere", SystemRandom()).status().ToString(),
              HasSubstr("--data-dir: /proc/nowhere"));
}

TEST_F(HomeTest, WritesAConfigurationThatTheServiceTakes) {
  const Home home = Open();
  const config::v1::Config config = Parse(ConfigYaml(home, addresses_, std::nullopt));
  EXPECT_TRUE(cli::CheckSecrets(config).ok());
  EXPECT_EQ(config.redis().address(), "unix:/tmp/redis.sock");
  EXPECT_EQ(config.redis().durability(), config::v1::Redis::LOCAL);
  ASSERT_EQ(config.relays_size(), 1);
  EXPECT_EQ(config.relays(0).port(), 3);
  ASSERT_EQ(config.tenants_size(), 2) << "the one that sends, and the operator";
  EXPECT_EQ(config.tenants(0).relays(0), "capture");
  EXPECT_EQ(config.tenants(0).keys(0).id(), "sandbox");
  EXPECT_EQ(config.tenants(1).id(), "operator");
}

TEST_F(HomeTest, WritesARelayWithVerifiedTls) {
  const Home home = Open();
  Outgoing outgoing;
  outgoing.relay = *ParseRelayUrl("smtps://me@mail.example.com");
  outgoing.relay.password_file = "/x/pw \"q\"";
  outgoing.from = "no-reply@example.com";
  const config::v1::Config config = Parse(ConfigYaml(home, addresses_, outgoing));
  ASSERT_EQ(config.relays_size(), 1);
  EXPECT_EQ(config.relays(0).host(), "mail.example.com");
  EXPECT_TRUE(config.relays(0).implicit_tls());
  EXPECT_EQ(config.relays(0).tls(), config::v1::Relay::VERIFIED);
  EXPECT_EQ(config.relays(0).password_file(), "/x/pw \"q\"");
  EXPECT_EQ(config.tenants(0).senders(0).mailbox(), "no-reply@example.com");
  EXPECT_EQ(config.tenants(0).brand().site_domain(), "example.com");
}

}  // namespace
}  // namespace posthaste::sandbox
