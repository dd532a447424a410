#include "service/redis/trouble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Info(const std::string& used, const std::string& most, const std::string& aof = "ok",
                 const std::string& rdb = "ok") {
  return "# Memory\r\nused_memory:" + used + "\r\nmaxmemory:" + most +
         "\r\n# Persistence\r\nrdb_last_bgsave_status:" + rdb + "\r\naof_last_write_status:" + aof +
         "\r\n";
}

TEST(RedisTrouble, IsAFullMemoryOrADiskThatTakesNothing) {
  EXPECT_EQ(TroubleIn(Info("500", "0")), "") << "0 is no limit";
  EXPECT_EQ(TroubleIn(Info("500", "1000")), "");
  EXPECT_EQ(TroubleIn(Info("996", "1000")), "maxmemory is reached: 996 of 1000 bytes");
  EXPECT_THAT(TroubleIn(Info("1", "0", "err")), HasSubstr("aof_last_write_status"));
  EXPECT_THAT(TroubleIn(Info("1", "0", "ok", "err")), HasSubstr("rdb_last_bgsave_status"));
  EXPECT_EQ(TroubleIn(""), "");
}

TEST(RedisTrouble, IsAskedOfTheServer) {
  RedisServer server;
  Loop loop{1};
  ClientOptions options;
  options.unix_path = server.socket();
  const std::unique_ptr<Client> client = Client::Make(loop, options).value();
  ASSERT_TRUE(RunTask(loop, client->WaitReady(absl::Seconds(10))).ok());
  EXPECT_EQ(RunTask(loop, AskTrouble(*client)), "");
  server.Call({"CONFIG", "SET", "maxmemory", "500kb"});
  EXPECT_THAT(RunTask(loop, AskTrouble(*client)), StartsWith("maxmemory is reached: "));
  client->Close();
  EXPECT_NE(RunTask(loop, AskTrouble(*client)), "") << "nobody answers";
}

}  // namespace
}  // namespace posthaste::redis
