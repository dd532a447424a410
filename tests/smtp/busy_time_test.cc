#include "smtp/busy_time.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kBegin{seconds(1000)};

TEST(BusyTime, BooksTheTimeOfEachMessageUnderWay) {
  BusyTime busy;
  busy.Advance(kBegin, 0);
  const double before = busy.Seconds(0);
  busy.Advance(kBegin + milliseconds(500), 2);
  EXPECT_NEAR(busy.Seconds(0) - before, 1, 0.01);
}

TEST(BusyTime, FadesWithinAMinuteOrSo) {
  BusyTime busy;
  busy.Advance(kBegin, 0);
  busy.Advance(kBegin + seconds(1), 10);
  const double used = busy.Seconds(0);
  busy.Advance(kBegin + seconds(61), 0);
  EXPECT_NEAR(busy.Seconds(0), used / 2.718, 0.1);
  busy.Advance(kBegin + seconds(1000), 0);
  EXPECT_LT(busy.Seconds(0), 0.001);
}

TEST(BusyTime, ExpectsOfMessagesUnderWayWhatOthersTook) {
  BusyTime slow, fast;
  for (int i = 1; i <= 10; ++i) {
    slow.Advance(kBegin + seconds(i), 1);
    slow.Ended();
    fast.Advance(kBegin + milliseconds(i), 1);
    fast.Ended();
  }
  EXPECT_NEAR(slow.Seconds(3) - slow.Seconds(0), 3 * 9.0 / 11, 0.3);
  EXPECT_LT(fast.Seconds(3) - fast.Seconds(0), 0.05);
}

TEST(BusyTime, ARefusalIsNoShortMessage) {
  BusyTime refuses, works;
  for (BusyTime* busy : {&refuses, &works}) busy->Advance(kBegin, 0);
  refuses.Failed();
  works.Advance(kBegin + milliseconds(100), 1);
  EXPECT_GT(refuses.Seconds(0), works.Seconds(0));
}

TEST(BusyTime, TimeThatGoesBackIsNoTime) {
  BusyTime busy;
  busy.Advance(kBegin, 0);
  busy.Advance(kBegin - seconds(5), 3);
  EXPECT_EQ(busy.Seconds(0), 0);
}

}  // namespace
}  // namespace posthaste::smtp
