#include "service/webhooks/schedule.h"

#include <gtest/gtest.h>

#include "tests/support/fake_random.h"

namespace posthaste::webhooks {
namespace {

Outcome Of(int status) {
  Outcome outcome;
  outcome.status = status;
  return outcome;
}

TEST(Judge, TakesNothingBut2xxForTaken) {
  for (const int status : {200, 201, 204, 299}) EXPECT_EQ(Judge(Of(status)), Verdict::kTaken);
  for (const int status : {0, 100, 199, 300, 301, 307, 308, 400, 401, 404, 429, 500, 503})
    EXPECT_EQ(Judge(Of(status)), Verdict::kFailed) << status;
  EXPECT_EQ(Judge(Of(410)), Verdict::kGone);
}

TEST(WordOf, IsOfAClosedSet) {
  EXPECT_STREQ(WordOf(Of(0)), "no_answer");
  EXPECT_STREQ(WordOf(Of(204)), "taken");
  EXPECT_STREQ(WordOf(Of(302)), "redirect");
  EXPECT_STREQ(WordOf(Of(404)), "refused");
  EXPECT_STREQ(WordOf(Of(410)), "gone");
  EXPECT_STREQ(WordOf(Of(500)), "unavailable");
}

TEST(WaitAfter, GrowsFromASecondToTenMinutesWithJitter) {
  FakeRandom random;
  const int seconds[] = {1, 5, 15, 30, 60, 120, 300, 600, 600, 600};
  for (int failures = 1; failures <= 10; ++failures) {
    const absl::Duration middle = absl::Seconds(seconds[failures - 1]);
    absl::Duration least = absl::InfiniteDuration(), most;
    for (int i = 0; i < 200; ++i) {
      const absl::Duration wait = WaitAfter(failures, Of(500), random);
      least = std::min(least, wait);
      most = std::max(most, wait);
    }
    EXPECT_GE(least, middle * 0.8);
    EXPECT_LT(least, middle * 0.85);
    EXPECT_LE(most, middle * 1.2);
    EXPECT_GT(most, middle * 1.15);
  }
  EXPECT_LE(WaitAfter(1'000'000, Of(500), random), absl::Minutes(12));
}

TEST(WaitAfter, HeedsWhatTheReceiverAsksForWithinReason) {
  FakeRandom random;
  Outcome busy = Of(429);
  busy.retry_after = absl::Seconds(90);
  EXPECT_EQ(WaitAfter(1, busy, random), absl::Seconds(90));
  busy.retry_after = absl::Hours(24 * 365);
  EXPECT_EQ(WaitAfter(1, busy, random), absl::Hours(1));
  busy.retry_after = absl::ZeroDuration();
  EXPECT_GE(WaitAfter(3, busy, random), absl::Seconds(12)) << "no sooner than by itself";
}

}  // namespace
}  // namespace posthaste::webhooks
