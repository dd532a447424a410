#include "service/worker/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "service/queue/score.h"
#include "tests/support/fake_random.h"

namespace posthaste::worker {
namespace {

using queue::MailClass;
using smtp::FailureClass;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Duration Wait(MailClass mail_class, int attempts, FailureClass why = FailureClass::kTimeout) {
  FakeRandom random;
  const auto next =
      NextAttempt(mail_class, attempts, why, kStart, {kStart, kStart + absl::Hours(72)}, random);
  return next.value() - kStart;
}

void ExpectAround(absl::Duration wait, absl::Duration middle) {
  EXPECT_GE(wait, middle * 0.8);
  EXPECT_LE(wait, middle * 1.2);
}

TEST(Schedule, TriesACodeAgainWithinSeconds) {
  ExpectAround(Wait(MailClass::kCode, 1), absl::Seconds(5));
  ExpectAround(Wait(MailClass::kCode, 2), absl::Seconds(15));
  ExpectAround(Wait(MailClass::kCode, 6), absl::Seconds(120));
  ExpectAround(Wait(MailClass::kCode, 60), absl::Seconds(120));
}

TEST(Schedule, TriesOtherMailAgainFromHalfAMinuteToFourHours) {
  ExpectAround(Wait(MailClass::kNotice, 1), absl::Seconds(30));
  ExpectAround(Wait(MailClass::kGeneral, 5), absl::Minutes(10));
  ExpectAround(Wait(MailClass::kGeneral, 50), absl::Hours(4));
}

TEST(Schedule, WaitsGreylistingOut) {
  EXPECT_GE(Wait(MailClass::kCode, 1, FailureClass::kGreylisted), absl::Seconds(60));
  EXPECT_LE(Wait(MailClass::kCode, 9, FailureClass::kGreylisted), absl::Seconds(300));
}

TEST(Schedule, GivesUpWhenTheNextTryWouldComeTooLate) {
  FakeRandom random;
  const Lifetime life = {kStart - absl::Minutes(9), kStart + absl::Seconds(70)};
  EXPECT_TRUE(NextAttempt(MailClass::kCode, 1, FailureClass::kTimeout, kStart, life, random));
  EXPECT_FALSE(NextAttempt(MailClass::kCode, 2, FailureClass::kTimeout, kStart, life, random));
  EXPECT_TRUE(NextAttempt(MailClass::kNotice, 1, FailureClass::kTimeout, kStart, life, random));
}

TEST(Schedule, TriesAShortCodeWithinTheFirstHalfOfItsLife) {
  FakeRandom random;
  const Lifetime life = {kStart, kStart + absl::Seconds(60)};
  EXPECT_TRUE(NextAttempt(MailClass::kCode, 1, FailureClass::kTimeout, kStart, life, random));
  EXPECT_FALSE(NextAttempt(MailClass::kCode, 1, FailureClass::kTimeout, kStart + absl::Seconds(27),
                           life, random));
}

TEST(Schedule, SendsACodeOnceMoreAfterDoubtAndOthersTwice) {
  FakeRandom random;
  const Lifetime life = {kStart, kStart + absl::Hours(1)};
  const auto again = NextAfterDoubt(MailClass::kCode, 1, kStart, life, random);
  ASSERT_TRUE(again);
  EXPECT_GE(*again, kStart + absl::Seconds(60));
  EXPECT_FALSE(NextAfterDoubt(MailClass::kCode, 2, kStart, life, random));
  EXPECT_TRUE(NextAfterDoubt(MailClass::kNotice, 2, kStart, life, random));
  EXPECT_FALSE(NextAfterDoubt(MailClass::kNotice, 3, kStart, life, random));
}

TEST(Schedule, AsksLessAndLessOftenForWhatIsNotThere) {
  absl::Duration since;
  absl::Duration before;
  for (int claims = 1; claims < queue::kClaimsMax; ++claims) {
    const absl::Duration wait = GivenBackFor(claims);
    EXPECT_GE(wait, std::max(before, absl::Milliseconds(500)));
    if (since < absl::Minutes(30)) {
      EXPECT_LE(wait, absl::Seconds(30));
    }
    if (since < absl::Hours(4)) {
      EXPECT_LE(wait, absl::Minutes(6));
    }
    EXPECT_LE(wait, absl::Minutes(24));
    since += wait;
    before = wait;
  }
  EXPECT_GT(since, absl::Hours(72)) << "mail lives so long, and spent claims are poison";
}

}  // namespace
}  // namespace posthaste::worker
