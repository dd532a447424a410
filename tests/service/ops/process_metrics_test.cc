#include "service/ops/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/metrics.h"

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

queue::Hold HoldOf(queue::HoldScope scope, absl::Time until) {
  queue::Hold hold;
  hold.scope = scope;
  hold.expire_time = until;
  return hold;
}

TEST(ProcessMetrics, CountTheHoldsInForceByScope) {
  const absl::Time later = kNow + absl::Minutes(1);
  ShowHolds({HoldOf(queue::HoldScope::kRelay, later), HoldOf(queue::HoldScope::kRelay, later),
             HoldOf(queue::HoldScope::kRelay, kNow), HoldOf(queue::HoldScope::kTenant, later)},
            kNow);
  const std::string text = metrics::Exposition();
  EXPECT_THAT(text, HasSubstr("posthaste_holds{scope=\"relay\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_holds{scope=\"tenant\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_holds{scope=\"all\"} 0\n"));
}

TEST(ProcessMetrics, ForgetAHoldThatHasGone) {
  ShowHolds({HoldOf(queue::HoldScope::kAll, absl::InfiniteFuture())}, kNow);
  EXPECT_THAT(metrics::Exposition(), HasSubstr("posthaste_holds{scope=\"all\"} 1\n"));
  ShowHolds({}, kNow);
  EXPECT_THAT(metrics::Exposition(), HasSubstr("posthaste_holds{scope=\"all\"} 0\n"));
}

TEST(ProcessMetrics, TellBusySlotsFromFreeOnes) {
  ShowSlots(3, 64);
  const std::string text = metrics::Exposition();
  EXPECT_THAT(text, HasSubstr("posthaste_worker_slots{state=\"busy\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_worker_slots{state=\"free\"} 61\n"));
}

// The log's own counts go on over calls; the metric follows them and counts nothing twice.
TEST(ProcessMetrics, FollowTheLinesOfTheLog) {
  metrics::Counter& errors = metrics::GetCounter("posthaste_log_messages_total",
                                                 "Lines of the log.", {{"level", "error"}});
  ShowLog();
  const double before = errors.Value();
  log::Emit(log::Level::kError, "tested", {});
  log::Emit(log::Level::kError, "tested", {});
  ShowLog();
  ShowLog();
  EXPECT_EQ(errors.Value(), before + 2);
}

}  // namespace
}  // namespace posthaste::ops
