#include "tests/support/redis_server.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "tests/support/poll.h"

namespace posthaste {
namespace {

int64_t Seconds(const RedisServer& redis) { return std::stoll(redis.Call({"TIME"})); }

TEST(RedisServer, KeepsWhatWasWrittenOverKillAndRestart) {
  RedisServer redis;
  EXPECT_EQ(redis.Call({"SET", "key", "value"}), "OK");
  redis.Kill9();
  EXPECT_EQ(redis.pid(), -1);
  redis.Restart();
  EXPECT_EQ(redis.Call({"GET", "key"}), "value");
}

TEST(RedisServer, ListensOnTcpWhenAsked) {
  const RedisServer redis({.tcp = true});
  EXPECT_EQ(redis.Call({"CONFIG", "GET", "port"}), "port\n" + std::to_string(redis.port()) + "\n");
}

TEST(RedisServer, StandsStillWhileFrozen) {
  RedisServer redis;
  const std::string status = "/proc/" + std::to_string(redis.pid()) + "/stat";
  redis.Freeze();
  EXPECT_TRUE(PollUntil(absl::Seconds(5),
                        [&] { return ReadFile(status).find(") T ") != std::string::npos; }));
  redis.Thaw();
  EXPECT_EQ(redis.Call({"PING"}), "PONG");
}

TEST(RedisServer, MovesTimeAndExpiryTogether) {
  RedisServer redis({.movable_clock = true});
  redis.Call({"SET", "key", "value", "PX", "3600000"});
  const int64_t before = Seconds(redis);
  redis.MoveClock(absl::Minutes(59));
  EXPECT_EQ(redis.Call({"GET", "key"}), "value");
  redis.MoveClock(absl::Minutes(2));
  EXPECT_EQ(redis.Call({"GET", "key"}), "(nil)");
  EXPECT_GE(Seconds(redis) - before, 61 * 60);
}

TEST(RedisServer, KeepsTheMovedClockOverARestart) {
  RedisServer redis({.movable_clock = true});
  const int64_t before = Seconds(redis);
  redis.MoveClock(absl::Hours(1));
  redis.Restart();
  EXPECT_GE(Seconds(redis) - before, 3600);
}

TEST(RedisServer, LosesNothingInACutWhenEveryWriteIsSynced) {
  RedisServer redis({.record_syncs = true});
  for (int i = 0; i < 100; ++i) redis.Call({"RPUSH", "list", std::to_string(i)});
  redis.Kill9();
  EXPECT_EQ(redis.CutToLastSync(), 0U);
  redis.Restart();
  EXPECT_EQ(redis.Call({"LLEN", "list"}), "100");
}

TEST(RedisServer, LosesInACutWhatWasNeverSynced) {
  RedisServer redis({.appendfsync = "no", .record_syncs = true});
  redis.Call({"SET", "key", "value"});
  redis.Kill9();
  EXPECT_GT(redis.CutToLastSync(), 0U);
  redis.Restart();
  EXPECT_EQ(redis.Call({"GET", "key"}), "(nil)");
}

TEST(RedisServer, KeepsInACutWhatWasSyncedBefore) {
  RedisServer redis({.record_syncs = true});
  redis.Call({"SET", "synced", "value"});
  redis.Call({"CONFIG", "SET", "appendfsync", "no"});
  redis.Call({"SET", "unsynced", "value"});
  redis.Kill9();
  EXPECT_GT(redis.CutToLastSync(), 0U);
  redis.Restart();
  EXPECT_EQ(redis.Call({"GET", "synced"}), "value");
  EXPECT_EQ(redis.Call({"GET", "unsynced"}), "(nil)");
}

TEST(RedisServer, EndsWithItsOwner) {
  pid_t pid = 0;
  {
    const RedisServer redis;
    pid = redis.pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(RedisServer, SaysWhyItDoesNotStart) {
  EXPECT_THROW(RedisServer({.arguments = {"--no-such-setting", "1"}}), std::runtime_error);
}

}  // namespace
}  // namespace posthaste
