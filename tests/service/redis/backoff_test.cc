#include "service/redis/backoff.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_random.h"

namespace posthaste::redis {
namespace {

// The largest and the smallest value of Unit().
const std::string kAlmostOne(8, '\xff');
const std::string kZero(8, '\0');

TEST(Backoff, DoublesItsCeilingUpToTheCap) {
  FakeRandom random;
  Backoff backoff(absl::Milliseconds(50), absl::Milliseconds(300), random);
  for (const int ceiling : {50, 100, 200, 300, 300}) {
    random.Push(kAlmostOne);
    const absl::Duration wait = backoff.Next();
    EXPECT_LE(wait, absl::Milliseconds(ceiling));
    EXPECT_GT(wait, absl::Milliseconds(ceiling - 1));
  }
}

TEST(Backoff, MayNotWaitAtAll) {
  FakeRandom random;
  Backoff backoff(absl::Milliseconds(50), absl::Seconds(2), random);
  random.Push(kZero);
  EXPECT_EQ(backoff.Next(), absl::ZeroDuration());
}

TEST(Backoff, StartsOverWhenAConnectionWasGood) {
  FakeRandom random;
  Backoff backoff(absl::Milliseconds(50), absl::Seconds(2), random);
  for (int i = 0; i < 9; ++i) backoff.Next();
  backoff.Reset();
  random.Push(kAlmostOne);
  EXPECT_LE(backoff.Next(), absl::Milliseconds(50));
}

TEST(Backoff, SpreadsItsWaitsOverTheWholeRange) {
  FakeRandom random;
  int low = 0;
  for (int i = 0; i < 1000; ++i) {
    Backoff backoff(absl::Milliseconds(50), absl::Seconds(2), random);
    if (backoff.Next() < absl::Milliseconds(25)) ++low;
  }
  EXPECT_GT(low, 400);
  EXPECT_LT(low, 600);
}

}  // namespace
}  // namespace posthaste::redis
