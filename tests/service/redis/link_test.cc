#include "service/redis/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/redis/harness.h"
#include "tests/support/fake_random.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;

class LinkTest : public ::testing::Test {
 protected:
  std::shared_ptr<Link> Start(ClientOptions options) {
    std::shared_ptr<Link> link = *Link::Make(loop_, std::move(options), SystemClock(), random_);
    Link::Handlers handlers;
    handlers.ready = [this](Connection&) { events_ += "ready "; };
    handlers.lost = [this](const absl::Status&) { events_ += "lost "; };
    link->Start(std::move(handlers));
    return link;
  }

  Loop loop_;
  FakeRandom random_;
  std::string events_;
};

TEST_F(LinkTest, RefusesOptionsThatCannotBeRight) {
  ClientOptions options;
  options.port = 0;
  EXPECT_EQ(Link::Make(loop_, options, SystemClock(), random_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options = ClientOptions();
  options.tls.enabled = true;
  options.tls.ca_file = "/nonexistent/ca.pem";
  EXPECT_EQ(Link::Make(loop_, options, SystemClock(), random_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(LinkTest, TellsWhyItIsNotReady) {
  ClientOptions options;
  options.port = FreePort();
  const auto link = Start(options);
  EXPECT_THAT(std::string(link->Unready().message()), HasSubstr("not connected yet"));
  const absl::Status ready = RunTask(loop_, Link::WaitReady(link, absl::Milliseconds(50)));
  EXPECT_EQ(ready.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(ready.message()), HasSubstr("127.0.0.1:" + std::to_string(options.port)));
  EXPECT_THAT(std::string(ready.message()), HasSubstr("Connection refused"));
  EXPECT_EQ(events_, "");
  link->Stop();
}

TEST_F(LinkTest, ConnectsToAServerThatComesLater) {
  RedisServer server;
  server.Kill9();
  const auto link = Start(UnixOptions(server));
  EXPECT_FALSE(RunTask(loop_, Link::WaitReady(link, absl::Milliseconds(50))).ok());
  server.Restart();
  EXPECT_TRUE(RunTask(loop_, Link::WaitReady(link, kPatience)).ok());
  EXPECT_NE(link->connection(), nullptr);
  link->Stop();
}

TEST_F(LinkTest, TellsEachLossAndEachReturn) {
  RedisServer server;
  const auto link = Start(UnixOptions(server));
  ASSERT_TRUE(RunUntil(loop_, [&] { return events_ == "ready "; }));
  server.Restart();
  EXPECT_TRUE(RunUntil(loop_, [&] { return events_ == "ready lost ready "; }));
  link->Stop();
}

TEST_F(LinkTest, IsSilentOnceStopped) {
  RedisServer server;
  const auto link = Start(UnixOptions(server));
  ASSERT_TRUE(RunUntil(loop_, [&] { return events_ == "ready "; }));
  link->Stop();
  link->Stop();
  EXPECT_EQ(link->connection(), nullptr);
  loop_.restart();
  loop_.run();  // Ends, because nothing is left to do.
  EXPECT_EQ(events_, "ready ");
  EXPECT_FALSE(RunTask(loop_, Link::WaitReady(link, kPatience)).ok());
}

TEST_F(LinkTest, EndsAWaitWhenItIsStopped) {
  ClientOptions options;
  options.port = FreePort();
  const auto link = Start(options);
  asio::post(loop_, [link] { link->Stop(); });
  const absl::Status ready = RunTask(loop_, Link::WaitReady(link, absl::Hours(1)));
  EXPECT_THAT(std::string(ready.message()), HasSubstr("client closed"));
}

}  // namespace
}  // namespace posthaste::redis
