#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/metric_samples.h"

namespace posthaste::metrics {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, GiveTheSameCounterForTheSameNameAndLabels) {
  Counter& one = GetCounter("posthaste_test_things_total", "Things.", {{"kind", "a"}});
  EXPECT_EQ(&one, &GetCounter("posthaste_test_things_total", "Other words.", {{"kind", "a"}}));
  EXPECT_NE(&one, &GetCounter("posthaste_test_things_total", "Things.", {{"kind", "b"}}));
}

TEST(Metrics, AreWrittenInTheTextFormat) {
  GetCounter("posthaste_test_written_total", "Written.", {{"kind", "a"}}).Increment(2);
  GetGauge("posthaste_test_level", "Level.").Set(7);
  GetHistogram("posthaste_test_seconds", "Seconds.", {}, {0.1, 1}).Observe(0.5);
  const std::string text = Exposition();
  EXPECT_THAT(text, HasSubstr("# TYPE posthaste_test_written_total counter\n"
                              "posthaste_test_written_total{kind=\"a\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("# HELP posthaste_test_level Level.\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_test_level 7\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_test_seconds_bucket{le=\"0.1\"} 0\n"
                              "posthaste_test_seconds_bucket{le=\"1\"} 1\n"));
}

TEST(Metrics, AreSampledByTheirNames) {
  GetCounter("posthaste_test_sampled_total", "Sampled.", {{"kind", "a"}}).Increment(2);
  GetCounter("posthaste_test_sampled_total", "Sampled.", {{"kind", "b"}}).Increment(3);
  GetHistogram("posthaste_test_sampled_seconds", "Seconds.", {}, {0.1, 1}).Observe(0.5);
  double sum = 0;
  for (const Sample& sample : Samples("posthaste_test_sampled_total"))
    sum += sample.labels.at("kind") == "a" ? sample.value : 10 * sample.value;
  EXPECT_EQ(sum, 32);
  EXPECT_EQ(Samples("posthaste_test_sampled_seconds").at(0).value, 1);
  EXPECT_TRUE(Samples("posthaste_test_nobody_total").empty());
}

TEST(Metrics, HaveBucketsInOrder) {
  EXPECT_TRUE(std::is_sorted(WaitBuckets().begin(), WaitBuckets().end()));
  EXPECT_TRUE(std::is_sorted(CallBuckets().begin(), CallBuckets().end()));
  EXPECT_EQ(WaitBuckets().back(), 3600);
  EXPECT_EQ(CallBuckets().back(), 10);
}

}  // namespace
}  // namespace posthaste::metrics
