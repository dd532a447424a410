#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_random.h"

namespace posthaste {
namespace {

TEST(Random, ReachesEveryValueBelowTheBoundAndNoOther) {
  FakeRandom random;
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(10));
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(*seen.rbegin(), 9U);
  EXPECT_EQ(random.Below(1), 0U);
}

TEST(Random, DrawsAgainWhereTheLastRoundIsIncomplete) {
  FakeRandom random;
  random.Push(std::string(8, '\xff'));  // 2^64 - 1 lies in the last, short round of ten.
  random.Push(std::string("\x07\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(random.Below(10), 7U);
}

TEST(Random, StaysBelowOneInTheUnitInterval) {
  FakeRandom random;
  random.Push(std::string(8, '\xff'));
  EXPECT_LT(random.Unit(), 1.0);
  random.Push(std::string(8, '\0'));
  EXPECT_EQ(random.Unit(), 0.0);
}

TEST(Random, OfTheSystemGivesAsManyBytesAsAsked) {
  EXPECT_EQ(SystemRandom().Bytes(33).size(), 33U);
}

}  // namespace
}  // namespace posthaste
