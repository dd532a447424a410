// Direct relays, and messages that come back to where they were greylisted.
#include <gtest/gtest.h>

#include "smtp/sender.h"
#include "tests/smtp/relays_support.h"

namespace posthaste::smtp {
namespace {

class SenderDirectTest : public ::testing::Test, public RelaysTest {
 protected:
  SenderDirectTest() {
    RelayOptions options;
    options.id = "direct";
    options.direct = true;
    direct_ = std::make_shared<Relay>(options, SystemClock());
    sender.set_exchangers([this](std::shared_ptr<Relay>, std::string domain, std::string again,
                                 SteadyTime) { return Find(std::move(domain), std::move(again)); });
  }
  Task<Exchangers> Find(std::string domain, std::string again) {
    asked_ = std::move(domain);
    again_ = std::move(again);
    co_return found_;
  }
  void Failed(Ending ending, Verdict verdict, FailureClass why) {
    found_.failed.ending = ending;
    found_.failed.relay = "direct";
    found_.failed.outcome = JudgeSilence(Phase::kConnect, why);
    found_.failed.outcome.verdict = verdict;
  }

  std::shared_ptr<MiniRelay> first_ = MiniRelay::Start(loop), second_ = MiniRelay::Start(loop);
  std::shared_ptr<Relay> direct_;
  Exchangers found_;
  std::string asked_, again_;
};

TEST_F(SenderDirectTest, GoesToTheExchangersOfTheRecipientsDomain) {
  found_.hosts = {MakeRelay("direct", first_->port()), MakeRelay("direct", second_->port())};
  const Sent sent = Send({direct_});
  EXPECT_TRUE(Accepted(sent));
  EXPECT_EQ(asked_, "example.test");
  EXPECT_EQ(sent.attempts.back().relay, "direct");
  EXPECT_EQ(first_->messages.size(), 1U);
  EXPECT_EQ(second_->connections, 0);
}

TEST_F(SenderDirectTest, GoesToTheNextExchangerWhereTheFirstHoldsNothing) {
  first_->replies["GREETING"] = "421 busy";
  found_.hosts = {MakeRelay("direct", first_->port()), MakeRelay("direct", second_->port())};
  const Sent sent = Send({direct_});
  EXPECT_TRUE(Accepted(sent));
  EXPECT_EQ(sent.attempts.size(), 2U);
  EXPECT_EQ(second_->messages.size(), 1U);
}

TEST_F(SenderDirectTest, ASiteIsDeadWhenTheLastOfItsHostsIs) {
  const auto site = std::make_shared<Governor>("site", GovernorLimits(), SystemClock());
  const auto dead = MiniRelay::Start(loop);
  const RelayOptions nobody = Options("direct", dead->port());
  dead->Stop();
  for (int i = 0; i < 4; ++i) found_.hosts.push_back(std::make_shared<Relay>(nobody, site));
  found_.hosts.push_back(std::make_shared<Relay>(Options("direct", first_->port()), site));
  const Sent sent = Send({direct_});
  EXPECT_TRUE(Accepted(sent));
  EXPECT_EQ(sent.attempts.size(), 5U);
  EXPECT_EQ(site->BreakerState(), Breaker::State::kClosed);
  found_.hosts.pop_back();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Accepted(Send({direct_})));
  EXPECT_EQ(site->BreakerState(), Breaker::State::kOpen);
}

// Not each message waits for a host that is away.
TEST_F(SenderDirectTest, BeginsWithTheNextExchangerWhereTheFirstCouldNotBeReachedLately) {
  const uint16_t port = first_->port();
  first_->Stop();
  found_.hosts = {MakeRelay("direct", port), MakeRelay("direct", second_->port())};
  EXPECT_EQ(Send({direct_}).attempts.size(), 2U);
  for (int i = 0; i < 3; ++i) {
    const Sent sent = Send({direct_});
    EXPECT_TRUE(Accepted(sent));
    EXPECT_EQ(sent.attempts.size(), 1U) << "straight to the second";
  }
  EXPECT_EQ(second_->messages.size(), 4U);
}

TEST_F(SenderDirectTest, ComesBackToTheFirstExchangerWhenItIsThereAgain) {
  found_.hosts = {MakeRelay("direct", first_->port()), MakeRelay("direct", second_->port())};
  RelayMemory& first = *found_.hosts[0]->options().session.memory;
  RelayMemory& second = *found_.hosts[1]->options().session.memory;
  first.NoteUnreachable(SystemClock().Steady());
  second.NoteUnreachable(SystemClock().Steady());
  EXPECT_TRUE(Accepted(Send({direct_}))) << "all are away: who else?";
  EXPECT_EQ(first_->messages.size(), 1U);
  EXPECT_FALSE(first.Unreachable(SystemClock().Steady()));
  EXPECT_TRUE(Accepted(Send({direct_})));
  EXPECT_EQ(first_->messages.size(), 2U);
  EXPECT_EQ(second_->connections, 0);
}

TEST_F(SenderDirectTest, NeverGoesToAnotherExchangerAfterTheDot) {
  first_->replies["DOT"] = "";
  found_.hosts = {MakeRelay("direct", first_->port()), MakeRelay("direct", second_->port())};
  const Sent sent = Send({direct_, MakeRelay("smarthost", second_->port())});
  ASSERT_EQ(sent.attempts.size(), 1U);
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kUncertain);
  EXPECT_EQ(second_->connections, 0);
}

TEST_F(SenderDirectTest, ADomainThatIsNotThereEndsTheMessage) {
  Failed(Ending::kJudged, Verdict::kBounced, FailureClass::kBadDomain);
  const Sent sent = Send({direct_, MakeRelay("smarthost", second_->port())});
  ASSERT_EQ(sent.attempts.size(), 1U);
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kBounced);
  EXPECT_EQ(second_->connections, 0);
}

TEST_F(SenderDirectTest, WhatNobodyCouldSayIsAskedOfTheNextRelay) {
  Failed(Ending::kRelayFailed, Verdict::kDeferred, FailureClass::kDnsFailure);
  const Sent sent = Send({direct_, MakeRelay("smarthost", second_->port())});
  EXPECT_EQ(sent.attempts.size(), 2U);
  EXPECT_TRUE(Accepted(sent));
}

TEST_F(SenderDirectTest, AHoldOnTheRelayHoldsAllItsExchangers) {
  found_.hosts = {MakeRelay("direct", first_->port())};
  direct_->governor().HoldUntil(SystemClock().Steady() + std::chrono::minutes(1));
  const Sent sent = Send({direct_});
  EXPECT_TRUE(sent.attempts.empty());
  EXPECT_GT(sent.not_before, SystemClock().Now() + absl::Seconds(50));
  EXPECT_EQ(first_->connections, 0);
}

class GreylistedTest : public SenderDirectTest {
 protected:
  Task<Sent> SendingAgain(std::shared_ptr<Relay> relay, std::string address) {
    Envelope envelope;
    envelope.mail_from = "bounce@client.test";
    envelope.rcpt_to = "someone@example.test";
    envelope.again_relay = relay->options().id;
    envelope.again_address = std::move(address);
    FenceFactory fences = [this] { return std::make_unique<FixedFence>(fence, &fences_asked); };
    const std::vector<std::shared_ptr<Relay>> relays = {std::move(relay)};
    Sent sent = co_await sender.Send(relays, envelope, kMessage, fences, Urgency::kOther,
                                     SystemClock().Now() + absl::Seconds(10));
    co_return sent;
  }
};

TEST_F(GreylistedTest, ComesBackToTheSameAddress) {
  RelayOptions options = Options("two", first_->port());
  options.host = "mx.test";
  // Nobody listens at the first, which would be tried first.
  options.addresses = {asio::ip::make_address("127.0.0.2"), asio::ip::make_address("127.0.0.1")};
  const auto relay = std::make_shared<Relay>(options, SystemClock());
  const std::string address = "127.0.0.1:" + std::to_string(first_->port());
  const Sent sent = RunTask(loop, SendingAgain(relay, address));
  ASSERT_TRUE(Accepted(sent));
  EXPECT_EQ(sent.attempts[0].address, address);
}

TEST_F(GreylistedTest, UsesNoSessionToAnotherAddress) {
  const auto relay = MakeRelay("one", first_->port());
  ASSERT_TRUE(Accepted(Send({relay})));
  EXPECT_EQ(first_->connections, 1);
  const std::string address = "127.0.0.3:" + std::to_string(first_->port());
  const Sent sent = RunTask(loop, SendingAgain(relay, address));
  EXPECT_TRUE(Accepted(sent)) << "nobody is there, so it goes where the relay is";
  EXPECT_EQ(first_->connections, 2);
}

TEST_F(GreylistedTest, TellsTheFinderWhere) {
  found_.hosts = {MakeRelay("direct", first_->port())};
  EXPECT_TRUE(Accepted(RunTask(loop, SendingAgain(direct_, "192.0.2.1:25"))));
  EXPECT_EQ(again_, "192.0.2.1:25");
}

}  // namespace
}  // namespace posthaste::smtp
