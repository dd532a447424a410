#include "service/ops/queue_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/metrics.h"

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;

TEST(QueueMetrics, ShowEachClassAndState) {
  queue::Stats stats;
  stats.classes[0] = {
      .waiting = 1, .due = 2, .leased = 3, .oldest = absl::FromUnixMillis(1'800'000'000'500)};
  stats.classes[2].due = 7;
  stats.parked = 4;
  Show(stats);
  const std::string text = metrics::Exposition();
  EXPECT_THAT(text, HasSubstr("posthaste_queue_jobs{mail_class=\"CODE\",state=\"waiting\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_queue_jobs{mail_class=\"CODE\",state=\"due\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_queue_jobs{mail_class=\"CODE\",state=\"leased\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_queue_jobs{mail_class=\"GENERAL\",state=\"due\"} 7\n"));
  EXPECT_THAT(
      text,
      HasSubstr("posthaste_queue_oldest_timestamp_seconds{mail_class=\"CODE\"} 1800000000.5\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_parked_jobs 4\n"));
}

TEST(QueueMetrics, ForgetWhatWasOldestWhenNothingIsDue) {
  queue::Stats stats;
  stats.classes[1].oldest = absl::FromUnixSeconds(1'800'000'000);
  Show(stats);
  stats.classes[1].oldest.reset();
  Show(stats);
  EXPECT_THAT(metrics::Exposition(),
              HasSubstr("posthaste_queue_oldest_timestamp_seconds{mail_class=\"NOTICE\"} 0\n"));
}

TEST(QueueMetrics, CountEventsThatWereCutAndSaySo) {
  CountCut(0);
  EXPECT_THAT(metrics::Exposition(), HasSubstr("posthaste_events_cut_total 0\n"));
  ::testing::internal::CaptureStderr();
  CountCut(7);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr(R"("level":"error","event":"events_cut","events":7})"));
  EXPECT_THAT(metrics::Exposition(), HasSubstr("posthaste_events_cut_total 7\n"));
}

}  // namespace
}  // namespace posthaste::ops
