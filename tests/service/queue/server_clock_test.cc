#include "service/queue/server_clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace posthaste::queue {
namespace {

class ServerClockTest : public testing::Test {
 protected:
  // An exchange that takes there + back, with a Redis whose clock is `ahead` of ours.
  void Exchange(absl::Duration there, absl::Duration back, absl::Duration ahead) {
    const SteadyTime asked = clock_.Steady();
    clock_.Advance(there);
    const int64_t redis_ms = ToMillis(clock_.Now() + ahead);
    clock_.Advance(back);
    server_.Observe(redis_ms, asked, clock_.Steady());
  }
  absl::Duration Error(absl::Duration ahead) const {
    return absl::AbsDuration(server_.Now() - clock_.Now() - ahead);
  }

  FakeClock clock_;
  ServerClock server_{clock_};
};

TEST_F(ServerClockTest, IsOurClockBeforeTheFirstAnswer) {
  EXPECT_EQ(server_.Now(), clock_.Now());
  EXPECT_EQ(server_.Age(), absl::InfiniteDuration());
}

TEST_F(ServerClockTest, FollowsRedisWithinHalfTheExchange) {
  Exchange(absl::Milliseconds(1), absl::Milliseconds(1), absl::Hours(1));
  EXPECT_LE(Error(absl::Hours(1)), absl::Milliseconds(2));
  clock_.Advance(absl::Seconds(3));
  EXPECT_LE(Error(absl::Hours(1)), absl::Milliseconds(2));
  EXPECT_EQ(server_.Age(), absl::Seconds(3));
}

TEST_F(ServerClockTest, IsNotMovedByASlowAnswer) {
  Exchange(absl::Microseconds(100), absl::Microseconds(100), absl::Minutes(5));
  Exchange(absl::Microseconds(100), absl::Seconds(4), absl::Minutes(5));
  EXPECT_LE(Error(absl::Minutes(5)), absl::Milliseconds(2));
}

TEST_F(ServerClockTest, IsIndifferentToOurWallClock) {
  Exchange(absl::Microseconds(100), absl::Microseconds(100), absl::ZeroDuration());
  const absl::Time before = server_.Now();
  clock_.Jump(absl::Hours(-1));
  EXPECT_EQ(server_.Now(), before);
}

TEST_F(ServerClockTest, NoticesThatRedisClockWasSet) {
  Exchange(absl::Microseconds(100), absl::Microseconds(100), absl::ZeroDuration());
  Exchange(absl::Microseconds(100), absl::Microseconds(100), absl::Hours(3));
  EXPECT_LE(Error(absl::Hours(3)), absl::Milliseconds(2));
  Exchange(absl::Microseconds(100), absl::Microseconds(100), absl::Hours(-3));
  EXPECT_LE(Error(absl::Hours(-3)), absl::Milliseconds(2));
}

TEST_F(ServerClockTest, FollowsAClockThatDrifts) {
  absl::Duration ahead = absl::ZeroDuration();
  for (int i = 0; i < 3600; ++i) {
    Exchange(absl::Milliseconds(2), absl::Milliseconds(2), ahead);
    clock_.Advance(absl::Seconds(1));
    ahead += absl::Microseconds(150);
  }
  EXPECT_LE(Error(ahead), absl::Milliseconds(5));
}

}  // namespace
}  // namespace posthaste::queue
