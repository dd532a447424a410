#include "service/redis/greeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GreetingTest : public ::testing::Test {
 protected:
  absl::Status Ready(ClientOptions options) {
    const auto client = NewClient(loop_, std::move(options));
    return RunTask(loop_, client->WaitReady(absl::Milliseconds(200)));
  }

  Loop loop_;
  RedisServer server_;
};

TEST_F(GreetingTest, SaysOnlyWhatIsNeeded) {
  ClientOptions options;
  EXPECT_EQ(OwnGreeting(options).size(), 2u);
  options.password = Secret("pw");
  EXPECT_EQ(OwnGreeting(options)[0].command.count(), 2u);
  options.username = "user";
  EXPECT_EQ(OwnGreeting(options)[0].command.count(), 3u);
}

TEST_F(GreetingTest, LogsInAsAnAclUserWithNoMorePermissionsThanItNeeds) {
  server_.Call({"ACL", "SETUSER", "mailer", "on", ">s3cret", "~ph:*", "+get"});
  ClientOptions options = UnixOptions(server_);
  options.username = "mailer";
  options.password = Secret("s3cret");
  const auto client = ReadyClient(loop_, options);
  EXPECT_TRUE(RunTask(loop_, client->Call(Command("GET", "ph:x")))->IsNil());
  EXPECT_TRUE(RunTask(loop_, client->Call(Command("GET", "x")))->IsError("NOPERM"));
}

TEST_F(GreetingTest, LogsInAsTheDefaultUser) {
  server_.Call({"CONFIG", "SET", "requirepass", "s3cret"});
  ClientOptions options = UnixOptions(server_);
  options.password = Secret("s3cret");
  EXPECT_TRUE(Ready(options).ok());
}

TEST_F(GreetingTest, NamesAWrongPasswordButNeverShowsIt) {
  server_.Call({"ACL", "SETUSER", "mailer", "on", ">s3cret", "~*", "+@all"});
  ClientOptions options = UnixOptions(server_);
  options.username = "mailer";
  options.password = Secret("hunter2");
  const std::string message(Ready(options).message());
  EXPECT_THAT(message, HasSubstr("WRONGPASS"));
  EXPECT_THAT(message, HasSubstr(server_.socket()));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST_F(GreetingTest, NamesAMissingPassword) {
  server_.Call({"CONFIG", "SET", "requirepass", "s3cret"});
  EXPECT_THAT(std::string(Ready(UnixOptions(server_)).message()), HasSubstr("NOAUTH"));
}

TEST_F(GreetingTest, RefusesAServerThatLoadsItsData) {
  Greeting greeting = OwnGreeting(ClientOptions());
  const absl::Status loading = greeting.back().judge(Reply::OfError("LOADING Redis is loading"));
  EXPECT_EQ(loading.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace posthaste::redis
