#include "service/redis/subscriber.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Subscriber::Kind;

class SubscriberTest : public ::testing::Test {
 protected:
  std::unique_ptr<Subscriber> Start(ClientOptions options) {
    Subscriber::Handlers handlers;
    handlers.message = [this](std::string_view channel, std::string_view payload) {
      messages_.push_back(std::string(channel) + "=" + std::string(payload));
    };
    handlers.connected = [this] { ++connected_; };
    handlers.lost = [this](const absl::Status& why) {
      ++lost_;
      why_ = std::string(why.message());
    };
    return *Subscriber::Make(loop_, std::move(options), std::move(handlers));
  }

  bool WaitConnected(int times) {
    return RunUntil(loop_, [&] { return connected_ >= times; });
  }
  bool WaitMessages(size_t count) {
    return RunUntil(loop_, [&] { return messages_.size() >= count; });
  }

  Loop loop_;
  RedisServer server_;
  std::vector<std::string> messages_;
  int connected_ = 0;
  int lost_ = 0;
  std::string why_;
};

TEST_F(SubscriberTest, HearsPlainAndShardedChannels) {
  const auto subscriber = Start(UnixOptions(server_));
  subscriber->Subscribe("plain", Kind::kPlain);
  subscriber->Subscribe("ph:{1}:wake", Kind::kSharded);
  ASSERT_TRUE(WaitConnected(1));
  EXPECT_EQ(server_.Call({"PUBLISH", "plain", "a"}), "1");
  EXPECT_EQ(server_.Call({"SPUBLISH", "ph:{1}:wake", "b"}), "1");
  ASSERT_TRUE(WaitMessages(2));
  EXPECT_THAT(messages_, ElementsAre("plain=a", "ph:{1}:wake=b"));
  EXPECT_EQ(connected_, 1);
}

TEST_F(SubscriberTest, SubscribesAgainAfterARestartAndSaysSo) {
  const auto subscriber = Start(UnixOptions(server_));
  subscriber->Subscribe("plain", Kind::kPlain);
  subscriber->Subscribe("sharded", Kind::kSharded);
  ASSERT_TRUE(WaitConnected(1));
  server_.Restart();
  ASSERT_TRUE(WaitConnected(2));
  EXPECT_EQ(lost_, 1);
  EXPECT_EQ(server_.Call({"PUBLISH", "plain", "back"}), "1");
  EXPECT_EQ(server_.Call({"SPUBLISH", "sharded", "too"}), "1");
  ASSERT_TRUE(WaitMessages(2));
}

TEST_F(SubscriberTest, TakesChannelsWhileConnectedAndLetsThemGo) {
  const auto subscriber = Start(UnixOptions(server_));
  ASSERT_TRUE(WaitConnected(1)) << "with no channel there is nothing to wait for";
  subscriber->Subscribe("late", Kind::kPlain);
  subscriber->Subscribe("late", Kind::kPlain);
  ASSERT_TRUE(RunUntil(loop_, [&] { return server_.Call({"PUBLISH", "late", "x"}) == "1"; }));
  ASSERT_TRUE(WaitMessages(1));
  subscriber->Unsubscribe("late", Kind::kPlain);
  subscriber->Unsubscribe("never", Kind::kSharded);
  EXPECT_TRUE(RunUntil(loop_, [&] { return server_.Call({"PUBLISH", "late", "y"}) == "0"; }));
}

TEST_F(SubscriberTest, StaysWhileNothingIsPublished) {
  ClientOptions options = UnixOptions(server_);
  options.ping_interval = absl::Milliseconds(20);
  const auto subscriber = Start(options);
  subscriber->Subscribe("quiet", Kind::kPlain);
  ASSERT_TRUE(WaitConnected(1));
  loop_.run_for(std::chrono::milliseconds(200));
  EXPECT_EQ(lost_, 0);
}

TEST_F(SubscriberTest, LeavesAServerThatIsSilent) {
  ClientOptions options = UnixOptions(server_);
  options.ping_interval = absl::Milliseconds(50);
  options.connect_limit = absl::Milliseconds(100);
  options.command_limit = absl::Milliseconds(100);
  const auto subscriber = Start(options);
  subscriber->Subscribe("plain", Kind::kPlain);
  ASSERT_TRUE(WaitConnected(1));
  server_.Freeze();
  ASSERT_TRUE(RunUntil(loop_, [&] { return lost_ == 1; }));
  EXPECT_THAT(why_, HasSubstr("silent for 100ms"));
  server_.Thaw();
  EXPECT_TRUE(WaitConnected(2));
}

TEST_F(SubscriberTest, TellsThatAChannelIsDenied) {
  server_.Call({"ACL", "SETUSER", "narrow", "on", ">pw", "+@all", "&allowed"});
  ClientOptions options = UnixOptions(server_);
  options.username = "narrow";
  options.password = Secret("pw");
  const auto subscriber = Start(options);
  subscriber->Subscribe("forbidden", Kind::kPlain);
  ASSERT_TRUE(RunUntil(loop_, [&] { return lost_ > 0; }));
  EXPECT_THAT(why_, HasSubstr("NOPERM"));
  EXPECT_EQ(connected_, 0);
}

TEST_F(SubscriberTest, IsSilentOnceClosed) {
  auto subscriber = Start(UnixOptions(server_));
  subscriber->Subscribe("plain", Kind::kPlain);
  ASSERT_TRUE(WaitConnected(1));
  subscriber.reset();
  loop_.restart();
  loop_.run();  // Ends, because nothing is left to do.
  EXPECT_EQ(lost_, 0);
}

}  // namespace
}  // namespace posthaste::redis
