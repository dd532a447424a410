// The watchdog over sessions (worker.cc, smtp/progress.h), on a real Redis.
#include "tests/service/worker/node_fixture.h"

namespace posthaste::worker {
namespace {

// Connects to nobody, until the test is over.
class DeafDialer final : public smtp::Dialer {
 public:
  DeafDialer(asio::steady_timer& never, int* dialed) : never_(never), dialed_(dialed) {}
  Task<absl::StatusOr<std::unique_ptr<smtp::Stream>>> Dial(const std::string&, uint16_t,
                                                           SteadyTime) override {
    ++*dialed_;
    co_await never_.async_wait(kAsTuple);
    co_return absl::UnavailableError("the test is over");
  }

 private:
  asio::steady_timer& never_;
  int* const dialed_;
};

using WatchdogTest = WorkerTest;

TEST_F(WatchdogTest, EndsASessionInWhichNothingMovesAndSettlesWhatIsKnown) {
  mails_.shared.renew_every = absl::Milliseconds(20);
  KeepSilentOnce();
  const std::string id = Admit();
  Node& node = Start();
  ASSERT_TRUE(UntilSilent());
  node.clock.late = std::chrono::minutes(19);  // The dot's limit is ten.
  Settle(std::chrono::milliseconds(100));
  EXPECT_EQ(node.worker.held(), 1);
  EXPECT_EQ(Stored(id).head.uncertain, 0);
  node.clock.late = std::chrono::minutes(21);
  ASSERT_TRUE(UntilState(id, Message::DEFERRED));
  EXPECT_EQ(Stored(id).head.uncertain, 1) << "its dot was out";
  EXPECT_TRUE(Until([&] { return node.worker.held() == 0; }));
}

TEST_F(WatchdogTest, LetsGoOfAJobWhoseSessionCannotEvenBeEnded) {
  mails_.shared.renew_every = absl::Milliseconds(20);
  asio::steady_timer never(loop_, SteadyTime::max());
  int dialed = 0;
  dialers_ = [&](const smtp::RelayOptions&) {
    return std::make_unique<DeafDialer>(never, &dialed);
  };
  const std::string id = Admit();
  Node& node = Start({0});
  ASSERT_TRUE(Until([&] { return dialed == 1; }));
  const int64_t claimed_until = ScoreOf(id).visible_ms;
  MoveClock(absl::Seconds(20));
  ASSERT_TRUE(Until([&] { return ScoreOf(id).visible_ms > claimed_until + 15'000; }));
  node.clock.late = std::chrono::minutes(21);
  Settle(std::chrono::milliseconds(50));
  const int64_t renewed_until = ScoreOf(id).visible_ms;
  MoveClock(absl::Seconds(20));
  Settle(std::chrono::milliseconds(50));
  EXPECT_EQ(ScoreOf(id).visible_ms, renewed_until) << "it lapses";
  dialers_ = smtp::TcpDialers(loop_);
  Start({0});
  MoveClock(absl::Seconds(11));
  EXPECT_TRUE(UntilState(id, Message::ACCEPTED)) << "by another";
  never.cancel();
}

}  // namespace
}  // namespace posthaste::worker
