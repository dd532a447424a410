#include "service/redis/info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const ServerSettings kStrong = {"7.0.15", "yes", "always", "noeviction"};

TEST(Durability, AcceptsSettingsThatAreAsStrongAsTheLevel) {
  EXPECT_TRUE(CheckDurability(Durability::kLocal, kStrong).ok());
  EXPECT_TRUE(CheckDurability(Durability::kRelaxed, kStrong).ok());
  ServerSettings relaxed = kStrong;
  relaxed.appendfsync = "everysec";
  EXPECT_TRUE(CheckDurability(Durability::kRelaxed, relaxed).ok());
  ServerSettings newer = kStrong;
  newer.version = "10.1.0";
  EXPECT_TRUE(CheckDurability(Durability::kLocal, newer).ok());
}

TEST(Durability, NamesEachWeakSettingAndWhatToWrite) {
  const auto message = [](Durability level, ServerSettings settings) {
    const absl::Status status = CheckDurability(level, settings);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  ServerSettings settings = kStrong;
  settings.appendfsync = "everysec";
  EXPECT_THAT(message(Durability::kLocal, settings),
              HasSubstr("appendfsync is everysec: write \"appendfsync always\""));
  settings.appendfsync = "no";
  EXPECT_THAT(message(Durability::kRelaxed, settings), HasSubstr("write \"appendfsync everysec\""));
  settings = kStrong;
  settings.appendonly = "no";
  EXPECT_THAT(message(Durability::kRelaxed, settings), HasSubstr("write \"appendonly yes\""));
  settings = kStrong;
  settings.maxmemory_policy = "allkeys-lru";
  EXPECT_THAT(message(Durability::kLocal, settings),
              HasSubstr("write \"maxmemory-policy noeviction\""));
  settings = kStrong;
  settings.no_fsync_on_rewrite = "yes";
  EXPECT_THAT(message(Durability::kLocal, settings), HasSubstr("no-appendfsync-on-rewrite no"));
  settings = kStrong;
  settings.version = "6.2.7";
  EXPECT_THAT(message(Durability::kLocal, settings), HasSubstr("redis 6.2.7 is older than 7.0"));
  EXPECT_THAT(
      message(Durability::kLocal, ServerSettings()),
      AllOf(HasSubstr("unknown version"), HasSubstr("appendonly"), HasSubstr("appendfsync")));
}

TEST(Info, FindsAFieldByItsWholeName) {
  const std::string_view info =
      "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nlast:x";
  EXPECT_EQ(InfoField(info, "redis_version"), "7.0.15");
  EXPECT_EQ(InfoField(info, "last"), "x");
  EXPECT_EQ(InfoField(info, "redis"), "");
  EXPECT_EQ(InfoField("", "redis"), "");
}

class ReadSettingsTest : public ::testing::Test {
 protected:
  Loop loop_;
};

TEST_F(ReadSettingsTest, AsksTheServer) {
  const RedisServer server;
  const auto client = ReadyClient(loop_, UnixOptions(server));
  const absl::StatusOr<ServerSettings> settings = RunTask(loop_, ReadSettings(*client));
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->appendonly, "yes");
  EXPECT_EQ(settings->appendfsync, "always");
  EXPECT_EQ(settings->maxmemory_policy, "noeviction");
  EXPECT_EQ("dir\n" + settings->folder + "\n", server.Call({"CONFIG", "GET", "dir"}));
  EXPECT_TRUE(CheckDurability(Durability::kLocal, *settings).ok());
}

TEST_F(ReadSettingsTest, TellsAWeakServer) {
  RedisOptions options;
  options.appendfsync = "everysec";
  options.arguments = {"--maxmemory-policy", "allkeys-lru"};
  const RedisServer server(options);
  const auto client = ReadyClient(loop_, UnixOptions(server));
  const absl::StatusOr<ServerSettings> settings = RunTask(loop_, ReadSettings(*client));
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(
      std::string(CheckDurability(Durability::kLocal, *settings).message()),
      AllOf(HasSubstr("appendfsync"), HasSubstr("maxmemory-policy"), Not(HasSubstr("appendonly"))));
}

TEST_F(ReadSettingsTest, NamesThePermissionThatIsMissing) {
  const RedisServer server;
  server.Call({"ACL", "SETUSER", "narrow", "on", ">pw", "~*", "+@all", "-config"});
  ClientOptions options = UnixOptions(server);
  options.username = "narrow";
  options.password = Secret("pw");
  const auto client = ReadyClient(loop_, options);
  const absl::Status denied = RunTask(loop_, ReadSettings(*client)).status();
  EXPECT_EQ(denied.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(denied.message()),
              AllOf(HasSubstr("+config|get"), HasSubstr(server.socket())));
  server.Call({"ACL", "SETUSER", "narrow", "+config", "-info"});
  EXPECT_THAT(std::string(RunTask(loop_, ReadSettings(*client)).status().message()),
              HasSubstr("+info"));
}

TEST_F(ReadSettingsTest, FailsWithoutAConnection) {
  ClientOptions options;
  options.port = FreePort();
  const auto client = NewClient(loop_, options);
  EXPECT_EQ(RunTask(loop_, ReadSettings(*client)).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace posthaste::redis
