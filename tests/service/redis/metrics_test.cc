#include "service/redis/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedisMetrics, KnowACommandInBothCases) {
  EXPECT_EQ(&CommandSeconds("SET"), &CommandSeconds("set"));
  EXPECT_NE(&CommandSeconds("SET"), &CommandSeconds("GET"));
}

TEST(RedisMetrics, KeepTheLabelsClosed) {
  EXPECT_EQ(&CommandSeconds("anna@example.test"), &CommandSeconds("other"));
  EXPECT_THAT(metrics::Exposition(), Not(HasSubstr("anna")));
}

TEST(RedisMetrics, AreExposedUnderTheirNames) {
  ScriptSeconds("admit").Observe(0.001);
  PipelineCommands().Observe(3);
  Reconnects().Increment();
  const std::string text = metrics::Exposition();
  EXPECT_THAT(text, HasSubstr("posthaste_redis_command_seconds_count{command=\"admit\"} 1"));
  EXPECT_THAT(text, HasSubstr("posthaste_redis_pipeline_commands_bucket{le=\"4\"}"));
  EXPECT_THAT(text, HasSubstr("posthaste_redis_reconnects_total"));
}

}  // namespace
}  // namespace posthaste::redis
