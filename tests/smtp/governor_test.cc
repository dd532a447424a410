#include "smtp/governor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_clock.h"

namespace posthaste::smtp {
namespace {

using Answer = Governor::Answer;

Outcome OutcomeOf(Verdict verdict, FailureClass failure, Scope scope, int code = 0,
                  const std::string& text = "") {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.failure_class = failure;
  outcome.scope = scope;
  outcome.reply.code = code;
  outcome.reply.lines = {text};
  return outcome;
}
const Outcome kRefusedConnection =
    OutcomeOf(Verdict::kDeferred, FailureClass::kConnectFailure, Scope::kSite);
const Outcome kAskedForLess =
    OutcomeOf(Verdict::kDeferred, FailureClass::kRateLimited, Scope::kSite, 421, "slow down");
const Outcome kBadPassword =
    OutcomeOf(Verdict::kDeferred, FailureClass::kAuthFailed, Scope::kConfig, 535, "no");
const Outcome kAccepted = OutcomeOf(Verdict::kAccepted, FailureClass::kNone, Scope::kNone, 250);

class GovernorTest : public ::testing::Test {
 protected:
  static GovernorLimits Limits(int sessions_max, double rate = 0) {
    GovernorLimits limits;
    limits.sessions_max = limits.sessions_first = sessions_max;
    limits.messages_per_second = rate;
    return limits;
  }
  FakeClock clock_;
};

TEST_F(GovernorTest, GrantsAsManySessionsAsAllowed) {
  Governor governor("a", Limits(1), clock_);
  EXPECT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kGranted);
  const Governor::Decision busy = governor.Begin(Urgency::kCode, false);
  EXPECT_EQ(busy.answer, Answer::kBusy);
  EXPECT_EQ(busy.retry_at, SteadyTime::max());
  governor.End(Urgency::kOther, false);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kBusy) << "still open, but idle";
  EXPECT_EQ(governor.Begin(Urgency::kCode, true).answer, Answer::kGranted) << "on the idle one";
  governor.End(Urgency::kCode, false);
  governor.Closed();
  EXPECT_EQ(governor.open(), 0);
  EXPECT_EQ(governor.active(), 0);
  EXPECT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kGranted);
}

TEST_F(GovernorTest, KeepsAFifthOfTheSessionsForCodes) {
  Governor governor("a", Limits(10), clock_);
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kGranted) << i;
  }
  EXPECT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kBusy);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kBusy);
}

TEST_F(GovernorTest, CodesMayUseEverySession) {
  Governor governor("a", Limits(5), clock_);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted) << i;
  }
}

TEST_F(GovernorTest, HoldsTheRateAndTellsWhenTheNextMessageMayGo) {
  Governor governor("a", Limits(100, 2.0), clock_);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  const Governor::Decision wait = governor.Begin(Urgency::kCode, false);
  ASSERT_EQ(wait.answer, Answer::kBusy);
  const auto left = absl::FromChrono(wait.retry_at - clock_.Steady());
  EXPECT_GE(left, absl::Milliseconds(500));
  EXPECT_LT(left, absl::Milliseconds(501));
  clock_.Advance(left);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kBusy);
}

TEST_F(GovernorTest, NeverExceedsTheRateOverAMinute) {
  Governor governor("a", Limits(1000, 10.0), clock_);
  int granted = 0;
  for (int i = 0; i < 60'000; ++i) {
    if (governor.Begin(Urgency::kCode, true).answer == Answer::kGranted) {
      ++granted;
      governor.End(Urgency::kCode, false);
    }
    clock_.Advance(absl::Milliseconds(1));
  }
  EXPECT_LE(granted, 610);
  EXPECT_GE(granted, 600);
}

TEST_F(GovernorTest, ClosesForADeadRelayAndSaysWhenItReopens) {
  Governor governor("a", Limits(10), clock_);
  EXPECT_EQ(governor.ReopenTime(), absl::InfinitePast());
  for (int i = 0; i < 3; ++i) governor.OpenFailed(kRefusedConnection);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kClosed);
  EXPECT_EQ(governor.ReopenTime(), clock_.Now() + absl::Seconds(60));
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(governor.ReopenTime(), absl::InfinitePast());
  const Governor::Decision probe = governor.Begin(Urgency::kOther, true);
  EXPECT_EQ(probe.answer, Answer::kGranted);
  EXPECT_TRUE(probe.probe);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kClosed) << "one probe";
  governor.Opened();
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
}

TEST_F(GovernorTest, AClockThatJumpsDoesNotMoveTheReopening) {
  Governor governor("a", Limits(10), clock_);
  for (int i = 0; i < 3; ++i) governor.OpenFailed(kRefusedConnection);
  clock_.Jump(absl::Hours(1));
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kClosed);
  EXPECT_EQ(governor.ReopenTime(), clock_.Now() + absl::Seconds(60));
}

TEST_F(GovernorTest, SuspendsOnBadCredentialsUntilTheConfigurationIsLoadedAgain) {
  Governor governor("a", Limits(10), clock_);
  governor.OpenFailed(kBadPassword);
  EXPECT_EQ(governor.BreakerState(), Breaker::State::kSuspended);
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kClosed);
  governor.Reset();
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  governor.Judged(kBadPassword);  // 530 to MAIL.
  EXPECT_EQ(governor.BreakerState(), Breaker::State::kSuspended);
}

TEST_F(GovernorTest, APolicyRefusalDoesNotSuspend) {
  Governor governor("a", Limits(10), clock_);
  governor.Judged(
      OutcomeOf(Verdict::kDeferred, FailureClass::kPolicyAuth, Scope::kConfig, 550, "dmarc"));
  EXPECT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kGranted);
}

TEST_F(GovernorTest, BacksOffWhenAskedForLessTwiceAsLongEachTime) {
  Governor governor("a", Limits(10), clock_);
  for (const int delay : {15, 30, 60, 120, 240, 300, 300}) {
    governor.Judged(kAskedForLess);
    governor.Judged(kAskedForLess);  // Told to all that were under way: once.
    governor.Judged(kAccepted);      // One of them got through.
    EXPECT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kClosed);
    EXPECT_EQ(governor.ReopenTime(), clock_.Now() + absl::Seconds(delay));
    clock_.Advance(absl::Seconds(delay));
    EXPECT_EQ(governor.ReopenTime(), absl::InfinitePast());
  }
  governor.Judged(kAccepted);
  governor.Judged(kAskedForLess);
  EXPECT_EQ(governor.ReopenTime(), clock_.Now() + absl::Seconds(15));
}

TEST_F(GovernorTest, AGreetingThatSpeaksOfRatesBacksOffInsteadOfCountingAsDead) {
  Governor governor("a", Limits(10), clock_);
  governor.OpenFailed(OutcomeOf(Verdict::kDeferred, FailureClass::kConnectFailure, Scope::kSite,
                                421, "too many connections from your host"));
  EXPECT_EQ(governor.ReopenTime(), clock_.Now() + absl::Seconds(15));
  EXPECT_EQ(governor.BreakerState(), Breaker::State::kClosed);
}

const Outcome kTurnedAway = OutcomeOf(Verdict::kDeferred, FailureClass::kConnectFailure,
                                      Scope::kSite, 421, "4.3.2 too many connections");

TEST_F(GovernorTest, ARelayThatTurnsOneSessionTooManyAwayIsGivenOneLess) {
  Governor governor("a", Limits(10), clock_);
  for (int i = 0; i < 3; ++i) governor.Begin(Urgency::kCode, false);
  governor.Opened();
  governor.Opened();
  EXPECT_TRUE(governor.OpenFailed(kTurnedAway)) << "the message may wait for one of the others";
  governor.End(Urgency::kCode, false);
  governor.Closed();
  EXPECT_EQ(governor.window(), 9);
  EXPECT_EQ(governor.ReopenTime(), absl::InfinitePast());
  EXPECT_EQ(governor.BreakerState(), Breaker::State::kClosed);
}

// It may not have heard yet that our last session is over; or one of its hosts is unwell.
TEST_F(GovernorTest, ARelayThatHasJustServedUsMayTurnTheOnlySessionAwayTwice) {
  Governor governor("a", Limits(10), clock_);
  for (int round = 0; round < 3; ++round) {
    governor.Begin(Urgency::kCode, false);
    governor.Opened();
    governor.Lost();
    EXPECT_TRUE(governor.OpenFailed(kTurnedAway)) << round;
    EXPECT_TRUE(governor.OpenFailed(kTurnedAway)) << round;
    EXPECT_EQ(governor.ReopenTime(), absl::InfinitePast());
    governor.Closed();
  }
  governor.Begin(Urgency::kCode, false);
  EXPECT_FALSE(governor.OpenFailed(kTurnedAway)) << "the third time it means it";
  EXPECT_EQ(governor.ReopenTime(), clock_.Now() + absl::Seconds(15));
}

TEST_F(GovernorTest, ARelayThatServedUsLongAgoIsBelievedAtOnce) {
  Governor governor("a", Limits(10), clock_);
  governor.Begin(Urgency::kCode, false);
  governor.Opened();
  governor.Lost();
  clock_.Advance(absl::Seconds(31));
  EXPECT_FALSE(governor.OpenFailed(kTurnedAway));
}

TEST_F(GovernorTest, ARelayThatTurnsEverySessionAwayIsDeadAlsoIfTheyComeTogether) {
  const Outcome unavailable = OutcomeOf(Verdict::kDeferred, FailureClass::kConnectFailure,
                                        Scope::kSite, 421, "service not available");
  Governor governor("a", Limits(20), clock_);
  for (int i = 0; i < 9; ++i) governor.Begin(Urgency::kCode, false);
  governor.Opened();
  clock_.Advance(absl::Seconds(31));  // Too long ago to prove that it serves us.
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(governor.OpenFailed(unavailable));
  EXPECT_EQ(governor.BreakerState(), Breaker::State::kClosed);
  governor.OpenFailed(unavailable);
  EXPECT_EQ(governor.BreakerState(), Breaker::State::kOpen);
}

TEST_F(GovernorTest, BeginsSmallAndGrowsAsLongAsItGoesWell) {
  GovernorLimits limits;
  limits.sessions_max = 20;
  Governor governor("a", limits, clock_);
  int open = 0;
  for (int i = 0; i < 300; ++i) {
    while (governor.Begin(Urgency::kCode, false).answer == Answer::kGranted) ++open;
    EXPECT_EQ(open, governor.window());
    governor.Judged(kAccepted);
  }
  EXPECT_EQ(open, 20);
  governor.Reset();
  EXPECT_EQ(governor.window(), 5);
}

// A relay that takes ten sessions, each for a second's transaction, by simulated time. Sessions are
// closed after `uses` transactions.
struct LimitedRelay {
  LimitedRelay(int uses, const Clock& clock) : governor("limited", {}, clock), uses(uses) {}

  void Second() {
    int reusable = 0;
    for (int& used : sessions) {
      if (governor.Begin(Urgency::kCode, true).answer != Answer::kGranted) break;
      ++used;
      ++reusable;
    }
    int refused_now = 0;
    while (governor.Begin(Urgency::kCode, false).answer == Answer::kGranted) {
      ++offered;
      if (sessions.size() < 10) {
        governor.Opened();
        sessions.push_back(1);
      } else {
        ++refused;
        ++refused_now;
        governor.OpenFailed(kTurnedAway);
      }
    }
    for (int i = 0; i < refused_now; ++i) Gone();
    for (const int used : sessions) {
      offered += used > 1 ? 1 : 0;
      governor.Judged(kAccepted);
      governor.End(Urgency::kCode, false);
    }
    const size_t done = std::erase_if(sessions, [this](int used) { return used >= uses; });
    for (size_t i = 0; i < done; ++i) {
      governor.Lost();
      governor.Closed();
    }
  }
  void Gone() {
    governor.End(Urgency::kCode, false);
    governor.Closed();
  }

  Governor governor;
  const int uses;
  std::vector<int> sessions;  // How often each was used.
  int offered = 0, refused = 0;
};

TEST_F(GovernorTest, ARelayThatTakesTenSessionsRefusesOneMessageInFiveAtMost) {
  for (const int uses : {1, 100}) {
    LimitedRelay relay(uses, clock_);
    for (int second = 0; second < 600; ++second) {
      relay.Second();
      clock_.Advance(absl::Seconds(1));
    }
    EXPECT_GT(relay.offered, 5000);
    EXPECT_LE(relay.refused, relay.offered / 5) << uses;
    EXPECT_GE(relay.governor.window(), 9);
    EXPECT_LE(relay.governor.window(), 11);
    EXPECT_EQ(relay.governor.BreakerState(), Breaker::State::kClosed);
    RecordProperty("refused", relay.refused);
  }
}

TEST_F(GovernorTest, RefusalsOfMessagesSayNothingAboutTheRelay) {
  Governor governor("a", Limits(10), clock_);
  for (int i = 0; i < 100; ++i) {
    governor.Judged(OutcomeOf(Verdict::kBounced, FailureClass::kInvalidRecipient, Scope::kRecipient,
                              550, "no such user"));
    governor.Judged(OutcomeOf(Verdict::kUncertain, FailureClass::kTimeout, Scope::kSite));
  }
  EXPECT_EQ(governor.Begin(Urgency::kOther, false).answer, Answer::kGranted);
}

TEST_F(GovernorTest, NudgesTheLoopsOnlyWhileSomebodyWaits) {
  Governor governor("a", Limits(1), clock_);
  int nudges = 0;
  const int handle = governor.AddListener([&nudges] { ++nudges; });
  governor.Begin(Urgency::kCode, false);
  governor.End(Urgency::kCode, false);
  EXPECT_EQ(nudges, 0);
  EXPECT_FALSE(governor.Starving());
  governor.WaitBegan();
  EXPECT_EQ(nudges, 1) << "the idle session may be on another loop";
  EXPECT_TRUE(governor.Starving());
  governor.Closed();
  EXPECT_EQ(nudges, 2);
  EXPECT_FALSE(governor.Starving());
  governor.WaitEnded();
  governor.RemoveListener(handle);
  governor.Reset();
  EXPECT_EQ(nudges, 2);
}

TEST_F(GovernorTest, ShowsItsStateAsMetrics) {
  Governor governor("metered", Limits(4), clock_);
  governor.Begin(Urgency::kCode, false);
  governor.Begin(Urgency::kCode, false);
  governor.End(Urgency::kCode, false);
  for (int i = 0; i < 3; ++i) governor.OpenFailed(kRefusedConnection);
  const std::string text = metrics::Exposition();
  EXPECT_NE(text.find("posthaste_relay_breaker_state{relay=\"metered\"} 2"), std::string::npos);
  EXPECT_NE(text.find("posthaste_smtp_sessions{relay=\"metered\",state=\"active\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("posthaste_smtp_sessions{relay=\"metered\",state=\"idle\"} 1"),
            std::string::npos);
}

TEST_F(GovernorTest, KeepsEverybodyOutWhileAnOperatorHoldsIt) {
  Governor governor("a", Limits(2), clock_);
  governor.HoldUntil(clock_.Steady() + std::chrono::minutes(10));
  const Governor::Decision held = governor.Begin(Urgency::kCode, false);
  EXPECT_EQ(held.answer, Answer::kClosed);
  EXPECT_EQ(held.retry_at, clock_.Steady() + std::chrono::minutes(10));
  governor.Opened();
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kClosed)
      << "only the operator lifts it";
  governor.HoldUntil(SteadyTime());
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted);
  governor.HoldUntil(clock_.Steady() + std::chrono::minutes(1));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(governor.Begin(Urgency::kCode, false).answer, Answer::kGranted) << "it ends by itself";
}

TEST_F(GovernorTest, WakesThoseWhoWaitWhenAHoldBeginsOrEnds) {
  Governor governor("a", Limits(1), clock_);
  int nudges = 0;
  governor.AddListener([&nudges] { ++nudges; });
  governor.WaitBegan();
  governor.HoldUntil(clock_.Steady() + std::chrono::minutes(10));
  EXPECT_EQ(nudges, 1);
  governor.HoldUntil(clock_.Steady() + std::chrono::minutes(11));
  EXPECT_EQ(nudges, 1) << "nothing new";
  governor.HoldUntil(SteadyTime());
  EXPECT_EQ(nudges, 2);
}

}  // namespace
}  // namespace posthaste::smtp
