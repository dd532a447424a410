#include "base/clock.h"

#include <gtest/gtest.h>

namespace posthaste {
namespace {

TEST(Clock, ShowsAPresentAfterThisWasWritten) {
  EXPECT_GT(SystemClock().Now(), FromMillis(1'700'000'000'000));
}

TEST(Clock, NeverGoesBackInSteadyTime) {
  const SteadyTime before = SystemClock().Steady();
  EXPECT_GE(SystemClock().Steady(), before);
}

TEST(Clock, RoundsMillisecondsDown) {
  EXPECT_EQ(ToMillis(FromMillis(5) + absl::Microseconds(999)), 5);
  EXPECT_EQ(ToMillis(FromMillis(0) - absl::Microseconds(1)), -1);
}

}  // namespace
}  // namespace posthaste
