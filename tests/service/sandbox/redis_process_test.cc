#include "service/sandbox/redis_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;

class RedisProcessTest : public ::testing::Test {
 protected:
  std::unique_ptr<RedisProcess> Start() {
    absl::StatusOr<std::unique_ptr<RedisProcess>> started =
        RedisProcess::Start(dir_.path(), SystemClock());
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }
  std::string Call(std::vector<std::string> command) {
    command.insert(command.begin(), {"redis-cli", "-s", dir_.File("redis.sock")});
    return RunProcess(command).out;
  }
  TempDir dir_;
};

TEST_F(RedisProcessTest, KeepsEveryWriteAndListensOnItsSocketOnly) {
  const std::unique_ptr<RedisProcess> redis = Start();
  EXPECT_THAT(Call({"config", "get", "appendfsync"}), HasSubstr("always"));
  EXPECT_THAT(Call({"config", "get", "appendonly"}), HasSubstr("yes"));
  EXPECT_THAT(Call({"config", "get", "port"}), HasSubstr("\n0\n"));
}

TEST_F(RedisProcessTest, HasItsDataAgainAfterARestart) {
  Start();
  const std::unique_ptr<RedisProcess> redis = Start();
  Call({"set", "k", "kept"});
  const pid_t pid = redis->pid();
  kill(pid, SIGKILL);
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return !redis->Running(); }));
  const std::unique_ptr<RedisProcess> again = Start();
  EXPECT_EQ(Call({"get", "k"}), "kept\n");
}

TEST_F(RedisProcessTest, IsGoneWithItsObject) {
  std::unique_ptr<RedisProcess> redis = Start();
  const pid_t pid = redis->pid();
  redis.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(RedisProcessTest, RefusesAPathThatNoSocketCanHave) {
  const auto started = RedisProcess::Start(dir_.File(std::string(120, 'x')), SystemClock());
  EXPECT_THAT(started.status().ToString(), HasSubstr("too long a path"));
}

TEST_F(RedisProcessTest, NamesTheLogWhenItDoesNotStart) {
  std::filesystem::create_directories(dir_.File("redis/appendonlydir"));
  dir_.Write("redis/appendonlydir/appendonly.aof.manifest", "nonsense\n");
  const auto started = RedisProcess::Start(dir_.path(), SystemClock());
  EXPECT_THAT(started.status().ToString(), HasSubstr(dir_.File("redis.log")));
}

}  // namespace
}  // namespace posthaste::sandbox
