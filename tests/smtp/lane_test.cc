#include "smtp/lane.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "smtp/dialer.h"
#include "tests/smtp/relays_support.h"
#include "tests/support/fake_clock.h"

namespace posthaste::smtp {
namespace {

using Answer = Governor::Answer;

// The queue alone: nobody connects anywhere.
class LaneTest : public ::testing::Test {
 protected:
  std::shared_ptr<Lane> Make(RelayOptions options, Loop& loop) {
    options.id = "laned";
    relay_ = std::make_shared<Relay>(options, SystemClock());
    return Lane::Create(loop, SystemClock(), relay_, nullptr);
  }
  static RelayOptions Sessions(int sessions_max, absl::Duration wait_max = absl::Seconds(5)) {
    RelayOptions options;
    options.limits.sessions_max = sessions_max;
    options.wait_max = wait_max;
    return options;
  }
  static SteadyTime Limit() { return SystemClock().Steady() + std::chrono::seconds(20); }
  Lane::Permit Acquire(Lane& lane, Urgency urgency = Urgency::kCode) {
    return RunTask(loop_, lane.Acquire(urgency, Limit()));
  }
  // Waits for leave, notes it, and gives it back at once.
  static Task<void> Pass(std::shared_ptr<Lane> lane, Urgency urgency, std::string name,
                         std::vector<std::string>* order) {
    const Lane::Permit permit = co_await lane->Acquire(urgency, Limit());
    order->push_back(name + (permit.answer == Answer::kGranted ? "" : " not"));
  }
  void Spawn(const std::shared_ptr<Lane>& lane, Urgency urgency, std::string name) {
    asio::co_spawn(loop_, Pass(lane, urgency, std::move(name), &order_), asio::detached);
    Run();
  }
  void Run(int millis = 0) {
    loop_.restart();
    loop_.poll();
    if (millis > 0) loop_.run_for(std::chrono::milliseconds(millis));
  }

  Loop loop_;
  std::shared_ptr<Relay> relay_;
  std::vector<std::string> order_;
};

TEST_F(LaneTest, GivesEachASlotUntilThereAreNoMore) {
  const auto lane = Make(Sessions(1, absl::Milliseconds(20)), loop_);
  Lane::Permit first = Acquire(*lane);
  EXPECT_EQ(first.answer, Answer::kGranted);
  EXPECT_NE(first.slot, nullptr);
  EXPECT_EQ(first.connection, nullptr);
  const Lane::Permit second = Acquire(*lane);
  EXPECT_EQ(second.answer, Answer::kBusy) << "waited in vain";
  first.Release();
  EXPECT_EQ(Acquire(*lane).answer, Answer::kGranted);
  EXPECT_EQ(relay_->governor().open(), 0);
  EXPECT_EQ(relay_->governor().active(), 0);
}

TEST_F(LaneTest, CodesPassFirstThenWhoCameFirst) {
  const auto lane = Make(Sessions(1), loop_);
  Lane::Permit held = Acquire(*lane);
  Spawn(lane, Urgency::kOther, "notice 1");
  Spawn(lane, Urgency::kOther, "notice 2");
  Spawn(lane, Urgency::kCode, "code 1");
  Spawn(lane, Urgency::kCode, "code 2");
  EXPECT_TRUE(order_.empty());
  held.Release();
  Run();
  EXPECT_EQ(order_, (std::vector<std::string>{"code 1", "code 2", "notice 1", "notice 2"}));
  EXPECT_TRUE(lane->idle());
}

TEST_F(LaneTest, NobodyOvertakesWhoWaitsForTheRate) {
  RelayOptions options = Sessions(10);
  options.id = "rated";
  options.limits.messages_per_second = 1;
  FakeClock clock;
  relay_ = std::make_shared<Relay>(options, clock);
  const auto lane = Lane::Create(loop_, clock, relay_, nullptr);
  const SteadyTime limit = clock.Steady() + std::chrono::seconds(20);
  ASSERT_EQ(RunTask(loop_, lane->Acquire(Urgency::kCode, limit)).answer, Answer::kGranted);
  const auto pass = [](std::shared_ptr<Lane> lane, SteadyTime limit, std::string name,
                       std::vector<std::string>* order) -> Task<void> {
    const Lane::Permit permit = co_await lane->Acquire(Urgency::kOther, limit);
    order->push_back(name + (permit.answer == Answer::kGranted ? "" : " not"));
  };
  asio::co_spawn(loop_, pass(lane, limit, "first", &order_), asio::detached);
  Run();
  // There is a token now, but the first has not woken yet.
  clock.Advance(absl::Seconds(1));
  asio::co_spawn(loop_, pass(lane, limit, "second", &order_), asio::detached);
  Run();
  EXPECT_TRUE(order_.empty());
  Run(1200);
  EXPECT_EQ(order_, std::vector<std::string>{"first"});
  lane->Stop();
  Run();
}

TEST_F(LaneTest, RefusesWhoFindsTheQueueFull) {
  RelayOptions options = Sessions(1);
  options.waiters_max = 1;
  const auto lane = Make(options, loop_);
  Lane::Permit held = Acquire(*lane);
  Spawn(lane, Urgency::kOther, "waits");
  EXPECT_EQ(Acquire(*lane).answer, Answer::kBusy);
  held.Release();
  Run();
  EXPECT_EQ(order_, std::vector<std::string>{"waits"});
}

TEST_F(LaneTest, SendsWhoWaitsToTheNextRelayWhenThisOneCloses) {
  const auto lane = Make(Sessions(1), loop_);
  Lane::Permit held = Acquire(*lane);
  Spawn(lane, Urgency::kCode, "waits");
  Outcome refused;
  refused.failure_class = FailureClass::kAuthFailed;
  refused.scope = Scope::kConfig;
  relay_->governor().OpenFailed(refused);
  Run();
  EXPECT_EQ(order_, std::vector<std::string>{"waits not"});
}

TEST_F(LaneTest, WaitsForTheRateWithoutSpinning) {
  RelayOptions options = Sessions(100);
  options.limits.messages_per_second = 20;
  const auto lane = Make(options, loop_);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(Acquire(*lane).answer, Answer::kGranted);
  const SteadyTime begin = SystemClock().Steady();
  for (int i = 0; i < 4; ++i) Spawn(lane, Urgency::kOther, "late");
  loop_.restart();
  size_t turns = 0;
  while (order_.size() < 4) turns += loop_.run_one();
  EXPECT_GE(SystemClock().Steady() - begin, std::chrono::milliseconds(150));
  EXPECT_LT(turns, 100u);
}

TEST_F(LaneTest, AStoppedLaneSendsEverybodyAway) {
  const auto lane = Make(Sessions(1), loop_);
  Lane::Permit held = Acquire(*lane);
  Spawn(lane, Urgency::kOther, "waits");
  lane->Stop();
  Run();
  EXPECT_EQ(order_, std::vector<std::string>{"waits not"});
  EXPECT_EQ(Acquire(*lane).answer, Answer::kClosed);
}

TEST_F(LaneTest, ASessionComingFreeOnAnotherLoopIsNoticed) {
  Loop other_loop;
  const auto lane = Make(Sessions(1), loop_);
  const auto other = Lane::Create(other_loop, SystemClock(), relay_, nullptr);
  Lane::Permit held = RunTask(other_loop, other->Acquire(Urgency::kCode, Limit()));
  Spawn(lane, Urgency::kCode, "waits");
  EXPECT_TRUE(order_.empty());
  held.Release();
  Run(20);
  EXPECT_EQ(order_, std::vector<std::string>{"waits"});
}

TEST_F(LaneTest, LeavesNothingBehindWhenTheLoopGoesAwayUnderWaiters) {
  auto doomed = std::make_unique<Loop>();
  {
    const auto lane = Make(Sessions(1), *doomed);
    Lane::Permit held = RunTask(*doomed, lane->Acquire(Urgency::kCode, Limit()));
    asio::co_spawn(*doomed, Pass(lane, Urgency::kCode, "never", &order_), asio::detached);
    doomed->restart();
    doomed->poll();
    doomed.reset();
  }
  EXPECT_TRUE(order_.empty());
  EXPECT_EQ(relay_->governor().open(), 0);
}

// With real sessions.
TEST(LaneAcrossLoops, AnIdleSessionIsGivenUpForAWaiterOfAnotherLoop) {
  RelaysTest here;
  const auto mini = MiniRelay::Start(here.loop);
  RelayOptions options = here.Options("shared", mini->port());
  options.limits.sessions_max = 1;
  const auto relay = std::make_shared<Relay>(options, SystemClock());
  ASSERT_TRUE(Accepted(here.Send({relay})));
  ASSERT_EQ(relay->governor().open(), 1);
  // The other Sender is of another loop; both are driven by this thread in turn.
  Loop there;
  const auto lane = Lane::Create(there, SystemClock(), relay, nullptr);
  std::optional<Answer> answer;
  const auto wait = [](std::shared_ptr<Lane> lane, std::optional<Answer>* answer) -> Task<void> {
    const SteadyTime limit = SystemClock().Steady() + std::chrono::seconds(5);
    const Lane::Permit permit = co_await lane->Acquire(Urgency::kCode, limit);
    *answer = permit.answer;
  };
  asio::co_spawn(there, wait(lane, &answer), asio::detached);
  for (int i = 0; i < 10 && !answer; ++i) {
    there.restart();
    there.poll();
    here.loop.restart();
    here.loop.poll();
  }
  EXPECT_EQ(answer, Answer::kGranted);
}

}  // namespace
}  // namespace posthaste::smtp
