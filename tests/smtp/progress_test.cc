#include "smtp/progress.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

#include "tests/smtp/session_support.h"

namespace posthaste::smtp {
namespace {

TEST(StuckAfter, IsTwiceTheLongestLimitAndAMinuteAtLeast) {
  PhaseLimits limits;
  EXPECT_EQ(StuckAfter(limits), std::chrono::minutes(20)) << "the dot's ten";
  limits.dot = absl::Seconds(5);
  EXPECT_EQ(StuckAfter(limits), std::chrono::minutes(6)) << "the body's three";
  PhaseLimits tiny;
  for (absl::Duration* limit :
       {&tiny.connect, &tiny.greeting, &tiny.ehlo, &tiny.starttls, &tiny.auth, &tiny.mail,
        &tiny.rcpt, &tiny.data, &tiny.body, &tiny.dot})
    *limit = absl::Seconds(1);
  EXPECT_EQ(StuckAfter(tiny), std::chrono::minutes(1));
  tiny.auth = absl::InfiniteDuration();
  EXPECT_EQ(StuckAfter(tiny), std::chrono::hours(24)) << "no limit is no reason to overflow";
}

class ProgressTest : public SessionTest {
 protected:
  ProgressTest() { envelope_.progress = std::make_shared<Progress>(clock_); }

  Task<void> SendInto(std::optional<Attempt>* attempt) {
    Attempt sent = co_await session_->Send(envelope_, message_, fence_);
    attempt->emplace(std::move(sent));
  }
};

TEST_F(ProgressTest, IsNotedWhereverSomethingMoves) {
  Script(std::string(kGreet) + kOffer + "C: .\nS: 250 2.0.0 Ok\n");
  clock_.Advance(absl::Minutes(1));
  Attempt failed;
  session_ = RunTask(loop_, Session::Open(*relay_, clock_, "relay.test", 25, options_, &failed,
                                          envelope_.progress.get()));
  ASSERT_NE(session_, nullptr);
  EXPECT_EQ(envelope_.progress->last(), clock_.Steady());
  const SteadyTime opened = clock_.Steady();
  fence_.slow = absl::Minutes(2);
  Send();
  EXPECT_GE(envelope_.progress->last(), opened + std::chrono::minutes(2))
      << "the dot and its reply";
}

TEST_F(ProgressTest, EndsASessionBeforeTheDotAsOneThatHoldsNothing) {
  Script(std::string(kGreet) + kOffer);
  Open();
  fence_.held = true;
  std::optional<Attempt> attempt;
  asio::co_spawn(loop_, SendInto(&attempt), asio::detached);
  loop_.restart();
  while (!fence_.waiting) loop_.run_one();
  envelope_.progress->Abort();
  fence_.Release();
  loop_.run();
  ASSERT_TRUE(attempt.has_value());
  EXPECT_EQ(attempt->ending, Ending::kRelayFailed);
  EXPECT_FALSE(attempt->dot_sent);
}

}  // namespace
}  // namespace posthaste::smtp
