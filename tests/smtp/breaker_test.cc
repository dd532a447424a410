#include "smtp/breaker.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

using std::chrono::seconds;
using Failure = Breaker::Failure;
using State = Breaker::State;

class BreakerTest : public ::testing::Test {
 protected:
  void Fail(int times, Failure failure = Failure::kUnreachable) {
    for (int i = 0; i < times; ++i) breaker_.Failed(failure, now_);
  }
  void Probe() {
    ASSERT_TRUE(breaker_.Ask(now_).probe);
    breaker_.ProbeBegan(now_);
  }

  Breaker breaker_;
  SteadyTime now_{seconds(1000)};
};

TEST_F(BreakerTest, OpensForAMinuteAfterThreeFailuresToConnect) {
  Fail(2);
  EXPECT_TRUE(breaker_.Ask(now_).pass);
  Fail(1);
  EXPECT_FALSE(breaker_.Ask(now_).pass);
  EXPECT_EQ(breaker_.Ask(now_).retry_at, now_ + seconds(60));
  EXPECT_EQ(breaker_.StateAt(now_), State::kOpen);
  EXPECT_EQ(breaker_.StateAt(now_ + seconds(60)), State::kHalfOpen);
}

TEST_F(BreakerTest, ToleratesOneBackendOfFourThatTurnsUsAway) {
  for (int i = 0; i < 1000; ++i) {
    breaker_.Failed(Failure::kTurnedAway, now_);
    if (i % 4 != 3) breaker_.Succeeded();
    ASSERT_TRUE(breaker_.Ask(now_).pass);
  }
  Fail(9, Failure::kTurnedAway);
  EXPECT_FALSE(breaker_.Ask(now_).pass);
}

TEST_F(BreakerTest, LetsOneProbeThroughAndClosesWhenItSucceeds) {
  Fail(3);
  now_ += seconds(60);
  Probe();
  EXPECT_FALSE(breaker_.Ask(now_).pass) << "a second one at the same time";
  EXPECT_GT(breaker_.Ask(now_).retry_at, now_);
  breaker_.Succeeded();
  EXPECT_TRUE(breaker_.Ask(now_).pass);
  EXPECT_FALSE(breaker_.Ask(now_).probe);
  EXPECT_EQ(breaker_.StateAt(now_), State::kClosed);
}

TEST_F(BreakerTest, DoublesUpToHalfAnHour) {
  Fail(3);
  for (const int delay : {60, 120, 240, 480, 960, 1800, 1800}) {
    EXPECT_EQ(breaker_.Ask(now_).retry_at, now_ + seconds(delay));
    now_ += seconds(delay);
    Probe();
    Fail(1);
  }
  now_ += seconds(1800);
  Probe();
  breaker_.Succeeded();
  Fail(3);
  EXPECT_EQ(breaker_.Ask(now_).retry_at, now_ + seconds(60)) << "a success forgets the past";
}

TEST_F(BreakerTest, FailuresOfSessionsBegunBeforeItOpenedCountOnce) {
  Fail(20);
  EXPECT_EQ(breaker_.Ask(now_).retry_at, now_ + seconds(60));
}

TEST_F(BreakerTest, AProbeThatIsAbandonedOrForgottenMakesWay) {
  Fail(3);
  now_ += seconds(60);
  Probe();
  breaker_.ProbeAbandoned();
  EXPECT_TRUE(breaker_.Ask(now_).probe);
  Probe();
  EXPECT_TRUE(breaker_.Ask(now_ + seconds(180)).probe);
}

TEST_F(BreakerTest, BadCredentialsSuspendAtOnceUntilAProbeSucceedsOrAReset) {
  breaker_.Failed(Failure::kCredentials, now_);
  EXPECT_EQ(breaker_.StateAt(now_), State::kSuspended);
  EXPECT_EQ(breaker_.Ask(now_).retry_at, now_ + seconds(300));
  breaker_.Succeeded();  // A message on a session from before.
  EXPECT_EQ(breaker_.StateAt(now_), State::kSuspended);
  now_ += seconds(300);
  Probe();
  breaker_.Failed(Failure::kCredentials, now_);
  EXPECT_EQ(breaker_.Ask(now_).retry_at, now_ + seconds(600));
  breaker_.Reset();
  EXPECT_TRUE(breaker_.Ask(now_).pass);
}

TEST_F(BreakerTest, AMessageAcceptedOnAnOldSessionProvesThatADeadRelayLives) {
  Fail(3);
  breaker_.Succeeded();
  EXPECT_TRUE(breaker_.Ask(now_).pass);
}

}  // namespace
}  // namespace posthaste::smtp
