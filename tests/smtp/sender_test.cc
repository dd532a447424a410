#include "smtp/sender.h"

#include <gtest/gtest.h>

#include "tests/smtp/relays_support.h"

namespace posthaste::smtp {
namespace {

class SenderTest : public ::testing::Test, public RelaysTest {
 protected:
  std::shared_ptr<MiniRelay> mini_ = MiniRelay::Start(loop);
  std::shared_ptr<Relay> relay_ = MakeRelay("mini", mini_->port());
};

TEST_F(SenderTest, HandsAMessageToARelay) {
  const Sent sent = Send({relay_});
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_TRUE(Accepted(sent)) << sent.attempts[0].transcript;
  EXPECT_TRUE(sent.attempts[0].dot_sent);
  EXPECT_EQ(sent.attempts[0].relay, "mini");
  EXPECT_EQ(mini_->messages, std::vector<std::string>{kMessage});
  EXPECT_EQ(fences_asked, 1);
}

TEST_F(SenderTest, SendsHundredMessagesOnOneConnection) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Accepted(Send({relay_}))) << i;
  EXPECT_EQ(mini_->connections, 1);
  EXPECT_EQ(mini_->messages.size(), 100u);
  Send({relay_});
  EXPECT_EQ(mini_->connections, 2) << "transactions_max";
}

TEST_F(SenderTest, GoesToTheNextRelayWhenTheFirstCannotBeReached) {
  const auto dead = MiniRelay::Start(loop);
  const auto dead_relay = MakeRelay("dead", dead->port());
  dead->Stop();
  const Sent sent = Send({dead_relay, relay_});
  ASSERT_EQ(sent.attempts.size(), 2u);
  EXPECT_EQ(sent.attempts[0].ending, Ending::kRelayFailed);
  EXPECT_EQ(sent.attempts[0].outcome.phase, Phase::kConnect);
  EXPECT_EQ(sent.attempts[0].relay, "dead");
  EXPECT_TRUE(Accepted(sent));
}

struct Trouble {
  const char* verb;
  const char* reply;
  bool next;  // Whether the next relay is to get the message at once.
};

TEST_F(SenderTest, TriesTheNextRelayOnlyWhereTheFirstHoldsNothingAndSaidNothingOfTheMessage) {
  constexpr Trouble kTroubles[] = {{"GREETING", "421 busy", true},
                                   {"GREETING", "", true},
                                   {"EHLO", "421 busy", true},
                                   {"MAIL", "421 busy", true},
                                   {"MAIL", "451 later", true},
                                   {"RCPT", "", true},
                                   {"RCPT", "421 bye", true},
                                   {"DATA", "", true},
                                   {"DATA", "451 later", true},
                                   {"RCPT", "450 later", false},
                                   {"RCPT", "550 nobody", false},
                                   {"DOT", "", false},
                                   {"DOT", "421 bye", false},
                                   {"DOT", "451 later", false},
                                   {"DOT", "554 no", false},
                                   {"MAIL", "530 5.7.0 Authentication required", true},
                                   {"MAIL", "550 5.7.26 unauthenticated", false}};
  for (const Trouble& trouble : kTroubles) {
    const auto first = MiniRelay::Start(loop);
    first->replies[trouble.verb] = trouble.reply;
    const size_t stored = mini_->messages.size();
    const Sent sent = Send({MakeRelay("first", first->port()), relay_});
    EXPECT_EQ(mini_->messages.size() - stored, trouble.next ? 1u : 0u)
        << trouble.verb << " " << trouble.reply;
    EXPECT_EQ(sent.attempts.size(), trouble.next ? 2u : 1u) << trouble.verb << " " << trouble.reply;
    EXPECT_TRUE(first->messages.empty());
    first->Stop();
  }
}

TEST_F(SenderTest, ALossAfterTheDotIsUncertainAndGoesToNobodyElse) {
  mini_->replies["DOT"] = "";
  const auto other = MiniRelay::Start(loop);
  const Sent sent = Send({relay_, MakeRelay("other", other->port())});
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kUncertain);
  EXPECT_EQ(other->connections, 0);
}

TEST_F(SenderTest, AnIdleSessionThatTheRelayClosedCostsNoAttempt) {
  ASSERT_TRUE(Accepted(Send({relay_})));
  mini_->CloseAll();
  Settle();
  const Sent sent = Send({relay_});
  EXPECT_EQ(sent.attempts.size(), 1u);
  EXPECT_TRUE(Accepted(sent));
  EXPECT_EQ(mini_->connections, 2);
}

TEST_F(SenderTest, ASessionThatDiesAtMailIsReplacedWithoutAnAttempt) {
  for (const char* reply : {"", "421 idle too long", "503 out of step"}) {
    ASSERT_TRUE(Accepted(Send({relay_})));
    const int connections = mini_->connections;
    mini_->once["MAIL"] = reply;
    const Sent sent = Send({relay_});
    EXPECT_EQ(sent.attempts.size(), 1u) << reply;
    EXPECT_TRUE(Accepted(sent)) << reply;
    EXPECT_EQ(mini_->connections, connections + 1) << reply;
  }
  EXPECT_EQ(relay_->governor().BreakerState(), Breaker::State::kClosed);
}

TEST_F(SenderTest, ARefusedResetDropsTheConnectionAndNotTheMessage) {
  mini_->once["RCPT"] = "550 nobody";
  Send({relay_});
  mini_->once["RSET"] = "500 what";
  const Sent sent = Send({relay_});
  EXPECT_EQ(sent.attempts.size(), 1u);
  EXPECT_TRUE(Accepted(sent));
  EXPECT_EQ(mini_->connections, 2);
}

TEST_F(SenderTest, ARelayThatDoesNotKnowBdatGetsTheMessageByDataInTheSameAttempt) {
  mini_->replies["EHLO"] = "250-mini\r\n250-PIPELINING\r\n250 CHUNKING";
  mini_->replies["BDAT"] = "500 what";
  for (int i = 0; i < 3; ++i) {
    const Sent sent = Send({relay_});
    EXPECT_EQ(sent.attempts.size(), 1u);
    EXPECT_TRUE(Accepted(sent)) << sent.attempts.back().transcript;
  }
  EXPECT_EQ(mini_->connections, 2) << "remembered";
  EXPECT_EQ(mini_->messages.size(), 3u);
  EXPECT_EQ(relay_->governor().BreakerState(), Breaker::State::kClosed);
}

TEST_F(SenderTest, ASessionThatHasServedWhatLimitsAllowsIsReplaced) {
  mini_->replies["EHLO"] = "250-mini\r\n250 LIMITS MAILMAX=2";
  asio::co_spawn(loop, sender.Tend(), asio::detached);
  for (int i = 0; i < 5; ++i) {
    const Sent sent = Send({relay_});
    ASSERT_EQ(sent.attempts.size(), 1u);
    ASSERT_TRUE(Accepted(sent));
  }
  Settle();
  EXPECT_EQ(mini_->connections, 3);
  EXPECT_EQ(mini_->quits, 2);
  RunTask(loop, sender.Drain(SystemClock().Now() + absl::Seconds(5)));
}

TEST_F(SenderTest, ARelayThatHasLostCountIsNotBlamedForIt) {
  mini_->replies["MAIL"] = "503 5.5.1 Nested MAIL";
  for (int i = 0; i < 20; ++i) {
    const Sent sent = Send({relay_});
    ASSERT_EQ(sent.attempts.size(), 1u);
    EXPECT_EQ(sent.attempts[0].ending, Ending::kRelayFailed);
    EXPECT_EQ(sent.attempts[0].outcome.scope, Scope::kNone);
  }
  EXPECT_EQ(mini_->connections, 20) << "dropped each time";
  EXPECT_EQ(relay_->governor().BreakerState(), Breaker::State::kClosed);
}

TEST_F(SenderTest, ARelayThatClosesAfterEachMessageIsNoFailure) {
  mini_->close_after = 1;
  for (int i = 0; i < 20; ++i) {
    const Sent sent = Send({relay_});
    ASSERT_EQ(sent.attempts.size(), 1u);
    ASSERT_TRUE(Accepted(sent));
  }
  EXPECT_EQ(mini_->messages.size(), 20u);
}

TEST_F(SenderTest, ARelayThatEndsItsConnectionsSilentlyCostsNoAttempt) {
  for (const int close_after : {20, 1}) {
    mini_->close_after = close_after;
    mini_->resets = close_after == 1;  // 250, and at once a RST.
    const size_t before = mini_->messages.size();
    for (int i = 0; i < 60; ++i) {
      const Sent sent = Send({relay_});
      ASSERT_EQ(sent.attempts.size(), 1u) << i;
      ASSERT_TRUE(Accepted(sent)) << i;
    }
    EXPECT_EQ(mini_->messages.size() - before, 60u);
  }
  EXPECT_EQ(mini_->connections, 3 + 60);
  EXPECT_EQ(relay_->governor().BreakerState(), Breaker::State::kClosed);
  EXPECT_GE(relay_->governor().window(), 5);
}

TEST_F(SenderTest, RemembersForAWhileThatTheRelaysTlsIsBroken) {
  mini_->breaks_tls = true;
  RelayOptions options = Options("broken", mini_->port());
  options.session.tls = TlsLevel::kOpportunistic;
  options.transactions_max = 1;
  const auto relay = std::make_shared<Relay>(options, SystemClock());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Accepted(Send({relay}))) << i;
  EXPECT_EQ(mini_->handshakes, 1);
  EXPECT_EQ(mini_->connections, 4) << "one broken, and one in clear for each message";
}

TEST_F(SenderTest, ABlocklistedAddressTriesTheNextRelayInsteadOfGivingUp) {
  const auto picky = MiniRelay::Start(loop);
  picky->replies["MAIL"] = "550 5.7.1 Service unavailable; client host blocked using Spamhaus";
  const auto picky_relay = MakeRelay("picky", picky->port());
  const Sent through = Send({picky_relay, relay_});
  EXPECT_EQ(through.attempts.size(), 2u);
  EXPECT_TRUE(Accepted(through));

  const Sent alone = Send({picky_relay});
  ASSERT_EQ(alone.attempts.size(), 1u);
  EXPECT_EQ(alone.attempts[0].outcome.verdict, Verdict::kBounced) << "there is no other";

  const auto dead = MiniRelay::Start(loop);
  const auto dead_relay = MakeRelay("dead", dead->port());
  dead->Stop();
  for (int i = 0; i < 3; ++i) Send({dead_relay});
  const Sent later = Send({picky_relay, dead_relay});
  ASSERT_EQ(later.attempts.size(), 1u);
  EXPECT_EQ(later.attempts[0].outcome.verdict, Verdict::kDeferred) << "the other may be back";
  EXPECT_EQ(later.attempts[0].outcome.failure_class, FailureClass::kIpReputation);
}

TEST_F(SenderTest, AFreshSessionThatDiesAtMailIsAnAttempt) {
  mini_->replies["MAIL"] = "";
  const Sent sent = Send({relay_});
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_EQ(sent.attempts[0].ending, Ending::kRelayFailed);
  EXPECT_EQ(sent.not_before, absl::InfinitePast());
}

TEST_F(SenderTest, StopsWhenTheFenceSaysNo) {
  fence = FenceAnswer::kCancelled;
  const Sent sent = Send({relay_});
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_EQ(sent.attempts[0].ending, Ending::kStopped);
  EXPECT_EQ(sent.attempts[0].fence, FenceAnswer::kCancelled);
  EXPECT_FALSE(sent.attempts[0].dot_sent);
  EXPECT_TRUE(mini_->messages.empty());
}

TEST_F(SenderTest, TellsWhenToComeBackIfEveryRelayIsClosed) {
  mini_->Stop();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send({relay_}).attempts.size(), 1u);
  const absl::Time now = SystemClock().Now();
  const Sent sent = Send({relay_});
  EXPECT_TRUE(sent.attempts.empty());
  EXPECT_GT(sent.not_before, now + absl::Seconds(50));
  EXPECT_LT(sent.not_before, now + absl::Seconds(61));
}

TEST_F(SenderTest, TriesNothingAfterTheDeadline) {
  const Sent sent = Send({relay_}, Urgency::kCode, absl::ZeroDuration());
  EXPECT_TRUE(sent.attempts.empty());
  EXPECT_EQ(mini_->connections, 0);
}

TEST_F(SenderTest, RelaysNeverShareSessions) {
  Send({relay_});
  Send({MakeRelay("twin", mini_->port())});
  EXPECT_EQ(mini_->connections, 2) << "same address, another relay: other credentials, perhaps";
}

TEST_F(SenderTest, SaysQuitToIdleSessionsWhenItIsDrained) {
  Send({relay_});
  RunTask(loop, sender.Drain(SystemClock().Now() + absl::Seconds(5)));
  Settle();
  EXPECT_EQ(mini_->quits, 1);
  EXPECT_EQ(mini_->open, 0);
  EXPECT_EQ(relay_->governor().open(), 0);
  EXPECT_TRUE(Send({relay_}).attempts.empty());
}

TEST_F(SenderTest, WaitsForWhoIsSpeakingWhenItIsDrained) {
  asio::co_spawn(loop, Sending({relay_}), asio::detached);
  while (mini_->recipients.empty()) loop.run_one();
  RunTask(loop, sender.Drain(SystemClock().Now() + absl::Seconds(5)));
  EXPECT_EQ(mini_->messages.size(), 1u);
  EXPECT_EQ(sender.active(), 0);
}

TEST_F(SenderTest, GivesUpWaitingForWhoIsSpeakingAtTheLimit) {
  mini_->replies["DOT"] = "-";
  asio::co_spawn(loop, Sending({relay_}), asio::detached);
  while (mini_->recipients.empty()) loop.run_one();
  RunTask(loop, sender.Drain(SystemClock().Now() + absl::Milliseconds(50)));
  EXPECT_EQ(sender.active(), 1);
}

TEST_F(SenderTest, TendingSaysQuitToASessionThatHasServedEnough) {
  RelayOptions options = Options("short", mini_->port());
  options.transactions_max = 2;
  const auto relay = std::make_shared<Relay>(options, SystemClock());
  asio::co_spawn(loop, sender.Tend(), asio::detached);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(Accepted(Send({relay})));
  Settle();
  EXPECT_EQ(mini_->connections, 3);
  EXPECT_EQ(mini_->quits, 3);
  RunTask(loop, sender.Drain(SystemClock().Now() + absl::Seconds(5)));
}

TEST_F(SenderTest, CountsAttemptsAndPhases) {
  Send({MakeRelay("counted", mini_->port())});
  const std::string text = metrics::Exposition();
  EXPECT_NE(text.find("posthaste_smtp_attempts_total{failure_class=\"\",outcome=\"accepted\","
                      "phase=\"dot\",relay=\"counted\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("posthaste_smtp_phase_seconds_count{phase=\"dot\"}"), std::string::npos);
}

TEST_F(SenderTest, AProbeThatPassesLeavesItsSessionToTheNextMessage) {
  const Probed probed = RunTask(loop, sender.Probe(relay_), std::chrono::seconds(30));
  EXPECT_TRUE(probed.passed) << probed.attempt.transcript;
  EXPECT_EQ(probed.attempt.relay, "mini");
  EXPECT_GT(probed.attempt.phase_durations[static_cast<size_t>(Phase::kEhlo)],
            absl::ZeroDuration());
  EXPECT_EQ(mini_->messages.size(), 0u);
  EXPECT_TRUE(Accepted(Send({relay_})));
  EXPECT_EQ(mini_->connections, 1);
}

TEST_F(SenderTest, AProbeThatFailsCountsAsAnyOpening) {
  mini_->replies["EHLO"] = "421 busy";
  mini_->replies["HELO"] = "421 busy";
  const Probed probed = RunTask(loop, sender.Probe(relay_), std::chrono::seconds(30));
  EXPECT_FALSE(probed.passed);
  EXPECT_EQ(probed.attempt.outcome.phase, Phase::kEhlo);
  EXPECT_EQ(relay_->governor().open(), 0);
}

TEST_F(SenderTest, AProbeReachesARelayThatIsClosedAndOpensIt) {
  Outcome refused;
  refused.phase = Phase::kAuth;
  refused.failure_class = FailureClass::kAuthFailed;
  refused.scope = Scope::kConfig;
  relay_->governor().OpenFailed(refused);
  EXPECT_EQ(Send({relay_}).attempts.size(), 0u) << "it is suspended";
  EXPECT_TRUE(RunTask(loop, sender.Probe(relay_), std::chrono::seconds(30)).passed);
  EXPECT_TRUE(Accepted(Send({relay_})));
}

}  // namespace
}  // namespace posthaste::smtp
