#include "service/redis/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/log.h"
#include "tests/service/redis/harness.h"
#include "tests/support/temp.h"

namespace posthaste::redis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

size_t Count(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(RedisEvents, AreOneLineEach) {
  const TempDir dir;
  log::Start(log::Level::kInfo, dir.File("log"));
  LogReady("redis at x:1", true);
  LogLost("redis at x:1", "reset");
  LogUnreachable("redis at x:1", "refused");
  log::Stop();
  const std::string lines = ReadFile(dir.File("log"));
  EXPECT_EQ(Count(lines, "\n"), 3u);
  EXPECT_THAT(lines,
              AllOf(HasSubstr("\"event\":\"redis_ready\""), HasSubstr("\"again\":true"),
                    HasSubstr("\"event\":\"redis_lost\""), HasSubstr("\"why\":\"reset\""),
                    HasSubstr("\"event\":\"redis_unreachable\""), HasSubstr("redis at x:1")));
}

TEST(RedisEvents, DoNotRepeatThemselvesWhileAServerStaysAway) {
  const TempDir dir;
  log::Start(log::Level::kInfo, dir.File("log"));
  Loop loop;
  ClientOptions options;
  options.unix_path = dir.File("nobody.sock");
  options.backoff_base = absl::Milliseconds(1);
  options.backoff_cap = absl::Milliseconds(1);
  const auto client = NewClient(loop, options);
  loop.run_for(std::chrono::milliseconds(50));
  log::Stop();
  EXPECT_EQ(Count(ReadFile(dir.File("log")), "redis_unreachable"), 1u);
}

}  // namespace
}  // namespace posthaste::redis
