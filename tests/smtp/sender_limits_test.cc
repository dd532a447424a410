// Many messages at once through relays that take only so much.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/smtp/relays_support.h"

namespace posthaste::smtp {
namespace {

class SenderLimitsTest : public ::testing::Test, public RelaysTest {
 protected:
  struct Tally {
    int sent = 0, accepted = 0, attempts = 0;
    std::vector<absl::Duration> waits;
  };

  // Sends one message after the other until `left` is used up.
  Task<void> Keep(std::vector<std::shared_ptr<Relay>> relays, Urgency urgency, int* left,
                  Tally* tally) {
    while ((*left)-- > 0) {
      const absl::Time begin = SystemClock().Now();
      const Sent sent = co_await Sending(relays, urgency);
      tally->waits.push_back(SystemClock().Now() - begin);
      ++tally->sent;
      tally->attempts += static_cast<int>(sent.attempts.size());
      if (Accepted(sent)) ++tally->accepted;
    }
  }
  static Task<void> Until(int* running) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (*running > 0) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(kAsTuple);
    }
  }
  void Spawn(std::vector<std::shared_ptr<Relay>> relays, Urgency urgency, int writers, int* left,
             Tally* tally) {
    for (int i = 0; i < writers; ++i) {
      ++running_;
      asio::co_spawn(loop, Keep(relays, urgency, left, tally),
                     [this](const std::exception_ptr&) { --running_; });
    }
  }
  Tally Run(const std::shared_ptr<Relay>& relay, int messages, int writers) {
    Tally tally;
    int left = messages;
    Spawn({relay}, Urgency::kCode, writers, &left, &tally);
    RunTask(loop, Until(&running_), std::chrono::seconds(60));
    return tally;
  }

  std::shared_ptr<MiniRelay> mini_ = MiniRelay::Start(loop);
  int running_ = 0;
};

TEST_F(SenderLimitsTest, ARelayThatTakesFiveSessionsDefersOneMessageInFiveAtMost) {
  mini_->sessions_limit = 5;
  mini_->dot_delay = std::chrono::milliseconds(1);
  RelayOptions options = Options("limited", mini_->port());
  options.transactions_max = 10;
  const auto relay = std::make_shared<Relay>(options, SystemClock());
  const Tally tally = Run(relay, 1000, 20);
  EXPECT_EQ(tally.sent, 1000);
  EXPECT_GE(tally.accepted, 800) << "deferred: " << tally.sent - tally.accepted;
  EXPECT_LE(mini_->turned_away, 200);
  EXPECT_GT(mini_->turned_away, 0) << "or nothing was tried";
  EXPECT_EQ(relay->governor().BreakerState(), Breaker::State::kClosed);
  RecordProperty("turned_away", mini_->turned_away);
  RecordProperty("deferred", tally.sent - tally.accepted);
}

// Each message on a connection of its own, which is the worst case: the relay hears of the end of
// one session after the next one's begin.
TEST_F(SenderLimitsTest, ARelayThatTakesFewSessionsDefersAlmostNothingWithOneMessageEach) {
  for (const int limit : {1, 2, 3}) {
    mini_ = MiniRelay::Start(loop);
    mini_->sessions_limit = limit;
    RelayOptions options = Options("few" + std::to_string(limit), mini_->port());
    options.transactions_max = 1;
    const auto relay = std::make_shared<Relay>(options, SystemClock());
    const Tally tally = Run(relay, 300, 10);
    EXPECT_GE(tally.accepted, 285) << limit;
    EXPECT_GT(mini_->turned_away, 0) << "or nothing was tried";
    EXPECT_LE(mini_->turned_away, 30) << limit;
    EXPECT_EQ(relay->governor().BreakerState(), Breaker::State::kClosed);
  }
}

TEST_F(SenderLimitsTest, OneMessageAfterTheOtherPassesOneBadBackendOfFour) {
  mini_->bad_of = 4;
  RelayOptions options = Options("balanced", mini_->port());
  options.transactions_max = 1;
  mini_->connections = 1;  // The first of all is well.
  const Tally tally = Run(std::make_shared<Relay>(options, SystemClock()), 100, 1);
  EXPECT_EQ(tally.accepted, 100);
  EXPECT_GE(mini_->turned_away, 30);
}

TEST_F(SenderLimitsTest, OneBadBackendOfFourNeitherLosesMailNorTakesTheConcurrencyAway) {
  mini_->bad_of = 4;
  mini_->dot_delay = std::chrono::milliseconds(1);
  RelayOptions options = Options("balanced", mini_->port());
  options.transactions_max = 10;
  const auto relay = std::make_shared<Relay>(options, SystemClock());
  const Tally tally = Run(relay, 2000, 20);
  EXPECT_GE(tally.accepted, 1900) << "deferred: " << tally.sent - tally.accepted;
  EXPECT_GT(mini_->turned_away, 50);
  EXPECT_GE(relay->governor().window(), 15);
  EXPECT_EQ(relay->governor().BreakerState(), Breaker::State::kClosed);
}

TEST_F(SenderLimitsTest, NeverOpensMoreSessionsThanAllowed) {
  mini_->dot_delay = std::chrono::milliseconds(1);
  RelayOptions options = Options("capped", mini_->port());
  options.limits.sessions_max = 7;
  options.transactions_max = 5;
  const Tally tally = Run(std::make_shared<Relay>(options, SystemClock()), 500, 30);
  EXPECT_EQ(tally.accepted, 500);
  EXPECT_LE(mini_->open_most, 7 + 2) << "what is hung up may still be open on the other side";
  EXPECT_GE(mini_->open_most, 7);
}

// Bulk holds every session that it may, with a queue that never empties; codes come one by one.
TEST_F(SenderLimitsTest, CodesDoNotWaitBehindBulk) {
  mini_->dot_delay = std::chrono::milliseconds(20);
  RelayOptions options = Options("shared", mini_->port());
  options.limits.sessions_max = options.limits.sessions_first = 5;
  options.transactions_max = 1'000'000;
  const std::vector<std::shared_ptr<Relay>> relays = {
      std::make_shared<Relay>(options, SystemClock())};
  Tally bulk, codes;
  int bulk_left = 1'000'000, codes_left = 100;
  Spawn(relays, Urgency::kOther, 40, &bulk_left, &bulk);
  loop.restart();
  loop.run_for(std::chrono::milliseconds(200));
  const int bulk_running = running_;
  Spawn(relays, Urgency::kCode, 1, &codes_left, &codes);
  loop.restart();
  while (running_ > bulk_running) loop.run_one();
  bulk_left = 0;
  RunTask(loop, Until(&running_), std::chrono::seconds(60));
  ASSERT_EQ(codes.accepted, 100);
  std::sort(codes.waits.begin(), codes.waits.end());
  std::sort(bulk.waits.begin(), bulk.waits.end());
  // A transaction takes 20 ms; bulk waits for ten of them.
  EXPECT_LT(codes.waits[98], absl::Milliseconds(60)) << "p99";
  EXPECT_GT(bulk.waits[bulk.waits.size() / 2], absl::Milliseconds(100)) << "or nothing was full";
}

}  // namespace
}  // namespace posthaste::smtp
