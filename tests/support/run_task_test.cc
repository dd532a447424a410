#include "tests/support/run_task.h"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

namespace posthaste {
namespace {

Task<std::string> Greet(std::string name) { co_return "hello " + name; }

Task<void> Nothing() { co_return; }

Task<void> WaitFor(std::chrono::milliseconds wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor, wait);
  co_await timer.async_wait(kAsTuple);
}

TEST(RunTask, ReturnsWhatTheTaskReturns) {
  Loop loop;
  EXPECT_EQ(RunTask(loop, Greet("you")), "hello you");
  RunTask(loop, Nothing());
  EXPECT_EQ(RunTask(loop, Greet("again")), "hello again");
}

TEST(RunTask, GivesUpAtItsLimit) {
  Loop loop;
  EXPECT_THROW(RunTask(loop, WaitFor(std::chrono::minutes(1)), std::chrono::milliseconds(5)),
               std::runtime_error);
}

TEST(FakeClock, StandsStillUntilMoved) {
  FakeClock clock;
  const absl::Time before = clock.Now();
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now() - before, absl::Seconds(3));
}

TEST(FakeRandom, IsTheSameInEveryRunAndGivesWhatWasPushedFirst) {
  FakeRandom one;
  FakeRandom other;
  other.Push("abcd");
  EXPECT_EQ(other.Bytes(4), "abcd");
  EXPECT_EQ(one.Bytes(16), other.Bytes(16));
  EXPECT_NE(one.Bytes(16), FakeRandom(2).Bytes(16));
}

}  // namespace
}  // namespace posthaste
