#include "service/daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "absl/strings/str_replace.h"
#include "base/clock.h"
#include "service/config/load.h"
#include "tests/support/poll.h"
#include "tests/support/redis_server.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Tcp = boost::asio::ip::tcp;

constexpr char kConfig[] = R"(
grpc: {address: "127.0.0.1:0"}
ops: {address: "127.0.0.1:0"}
redis: {address: "unix:SOCKET"}
worker: {loops: 2, grace: 2s}
keys:
  hash_key_file: DIR/hash
  code_keys: [{epoch: 1, file: DIR/code}]
  seal_keys: [{id: 1, file: DIR/seal}]
relays: [{id: main, host: 127.0.0.1, port: 9, tls: NONE}]
tenants:
  - id: acme
    relays: [main]
    senders: [{id: default, mailbox: no-reply@acme.test, name: Acme}]
    keys: [{id: web, secret_sha256: ["SHA"], scopes: [messages.read]}]
)";

class DaemonTest : public testing::Test {
 protected:
  explicit DaemonTest(RedisOptions options = {}) : redis_(std::move(options)) {
    for (const char* name : {"hash", "code", "seal"}) dir_.Write(name, std::string(64, 'a'));
    config_ = config::ParseConfig(absl::StrReplaceAll(kConfig, {{"SOCKET", redis_.socket()},
                                                                {"DIR", dir_.path()},
                                                                {"SHA", std::string(64, '0')}}))
                  .value();
  }

  std::unique_ptr<Daemon> Started(Roles roles = {}) {
    return Daemon::Start(config_, roles).value();
  }

  // The whole response of the operators' HTTP.
  static std::string Get(const Daemon& daemon, const std::string& path) {
    const std::string address = daemon.ops_address();
    const auto port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    boost::asio::io_context loop;
    Tcp::socket socket(loop);
    boost::system::error_code error;
    socket.connect(Tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), port), error);
    const std::string request =
        "GET " + path + " HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n";
    boost::asio::write(socket, boost::asio::buffer(request), error);
    std::string response;
    boost::asio::read(socket, boost::asio::dynamic_buffer(response), boost::asio::transfer_all(),
                      error);
    return response;
  }
  static bool Ready(const Daemon& daemon) {
    return Get(daemon, "/readyz").rfind("HTTP/1.1 200", 0) == 0;
  }

  const TempDir dir_;
  RedisServer redis_;
  config::Config config_;
};

TEST_F(DaemonTest, HasAConsoleForWhoeverLogsIn) {
  const std::unique_ptr<Daemon> daemon = Started();
  EXPECT_THAT(Get(*daemon, "/console/"), HasSubstr("Location: /console/login\r\n"));
  EXPECT_THAT(Get(*daemon, "/console/login"), HasSubstr("Operator's key"));
  EXPECT_THAT(Get(*daemon, "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST_F(DaemonTest, StartsWithoutRedisAndIsReadyWhenItComes) {
  redis_.Stop();
  const std::unique_ptr<Daemon> daemon = Started();
  EXPECT_TRUE(absl::IsUnavailable(daemon->WaitReady(absl::Milliseconds(50))));
  EXPECT_TRUE(daemon->fatal().ok());
  EXPECT_THAT(Get(*daemon, "/livez"), StartsWith("HTTP/1.1 200"));
  const std::string page = Get(*daemon, "/readyz");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(page, HasSubstr("\r\n\r\nredis: "));
  redis_.Restart();
  const absl::Status ready = daemon->WaitReady(absl::Seconds(20));
  EXPECT_TRUE(ready.ok()) << ready;
  EXPECT_TRUE(Ready(*daemon));
  EXPECT_THAT(Get(*daemon, "/metrics"), HasSubstr("posthaste_durability_level 1\n"));
}

TEST_F(DaemonTest, SaysSoWhenRedisGoesAwayAndComesBack) {
  const std::unique_ptr<Daemon> daemon = Started();
  ASSERT_TRUE(daemon->WaitReady(absl::Seconds(20)).ok());
  redis_.Kill9();
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] { return !Ready(*daemon); }));
  EXPECT_TRUE(daemon->fatal().ok());
  redis_.Restart();
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] { return Ready(*daemon); }));
}

TEST_F(DaemonTest, StopsOnceHoweverOftenItIsAsked) {
  const std::unique_ptr<Daemon> daemon = Started();
  ASSERT_TRUE(daemon->WaitReady(absl::Seconds(20)).ok());
  const SteadyTime begin = SystemClock().Steady();
  daemon->Stop();
  daemon->Stop();
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::seconds(10));
}

TEST_F(DaemonTest, StopsThoughRedisIsAway) {
  redis_.Stop();
  const std::unique_ptr<Daemon> daemon = Started();
  daemon->Stop();
}

TEST_F(DaemonTest, StopsThoughSomebodyKeepsAConnectionOpen) {
  const std::unique_ptr<Daemon> daemon = Started();
  const std::string address = daemon->ops_address();
  boost::asio::io_context loop;
  Tcp::socket socket(loop);
  socket.connect(
      Tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"),
                    static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))));
  EXPECT_TRUE(PollUntil(absl::Seconds(5),
                        [&] { return Get(*daemon, "/livez").find("200") != std::string::npos; }));
  const SteadyTime begin = SystemClock().Steady();
  daemon->Stop();
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::seconds(9));
}

TEST_F(DaemonTest, HasNoCallersWithoutTheApi) {
  const std::unique_ptr<Daemon> daemon = Started(Roles{.api = false, .worker = true});
  EXPECT_EQ(daemon->grpc_address(), "");
  EXPECT_TRUE(daemon->WaitReady(absl::Seconds(20)).ok());
}

TEST_F(DaemonTest, NeedsNoWorkerToAnswerCalls) {
  const std::unique_ptr<Daemon> daemon = Started(Roles{.api = true, .worker = false});
  EXPECT_THAT(daemon->grpc_address(), StartsWith("127.0.0.1:"));
  EXPECT_TRUE(daemon->WaitReady(absl::Seconds(20)).ok());
}

TEST_F(DaemonTest, NamesTheSettingOfAnAddressThatIsTaken) {
  const std::unique_ptr<Daemon> daemon = Started();
  config_.mutable_ops()->set_address(daemon->ops_address());
  EXPECT_THAT(std::string(Daemon::Start(config_, {}).status().message()),
              StartsWith("ops.address: "));
  config_.mutable_ops()->set_address("127.0.0.1:0");
  config_.mutable_grpc()->set_address(daemon->grpc_address());
  EXPECT_THAT(std::string(Daemon::Start(config_, {}).status().message()),
              StartsWith("grpc.address: "));
}

TEST_F(DaemonTest, NamesTheSettingOfAFileThatIsNotThere) {
  config_.mutable_keys()->set_hash_key_file(dir_.File("none"));
  EXPECT_THAT(std::string(Daemon::Start(config_, {}).status().message()),
              StartsWith("keys.hash_key_file: "));
}

TEST_F(DaemonTest, NeverServesAnInstallationOfOtherShards) {
  ASSERT_TRUE(Started()->WaitReady(absl::Seconds(20)).ok());
  config_.mutable_redis()->set_shards(4);
  const std::unique_ptr<Daemon> daemon = Started();
  EXPECT_EQ(daemon->WaitReady(absl::Seconds(20)).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(Ready(*daemon));
}

class WeakRedisTest : public DaemonTest {
 protected:
  WeakRedisTest() : DaemonTest(RedisOptions{.appendfsync = "everysec"}) {}
};

TEST_F(WeakRedisTest, IsRefusedForGoodUnlessItIsAllowed) {
  {
    const std::unique_ptr<Daemon> daemon = Started();
    const absl::Status refused = daemon->WaitReady(absl::Seconds(20));
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("appendfsync"));
    EXPECT_EQ(daemon->fatal(), refused);
  }
  config_.mutable_redis()->set_durability(config::v1::Redis::RELAXED);
  config_.mutable_redis()->set_allow_weak_durability(true);
  const std::unique_ptr<Daemon> daemon = Started();
  EXPECT_TRUE(daemon->WaitReady(absl::Seconds(20)).ok());
  EXPECT_THAT(Get(*daemon, "/metrics"), HasSubstr("posthaste_durability_level 0\n"));
}

}  // namespace
}  // namespace posthaste
