#include "service/queue/score.h"

#include <gtest/gtest.h>

#include "tests/support/fake_random.h"

namespace posthaste::queue {
namespace {

TEST(Score, ComesBackAsItWasPacked) {
  FakeRandom random;
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t bits = random.Below(8);
    const Score score = {
        .visible_ms = kScoreEpochMs + static_cast<int64_t>(random.Below(uint64_t{1} << 41)),
        .leased = (bits & 1) != 0,
        .dot = (bits & 2) != 0,
        .cancel = (bits & 4) != 0,
        .claims = static_cast<int>(random.Below(kClaimsMax + 1))};
    const int64_t packed = Pack(score);
    ASSERT_EQ(Unpack(packed), score);
    ASSERT_LT(packed, int64_t{1} << 53);
    ASSERT_EQ(static_cast<int64_t>(static_cast<double>(packed)), packed);
  }
}

TEST(Score, IsDueFromItsMillisecondOnWhateverItsBits) {
  const Score least = {.visible_ms = kScoreEpochMs + 1000};
  const Score most = {kScoreEpochMs + 1000, true, true, true, kClaimsMax};
  for (const Score& score : {least, most}) {
    EXPECT_GT(Pack(score), DueAt(kScoreEpochMs + 999));
    EXPECT_LE(Pack(score), DueAt(kScoreEpochMs + 1000));
  }
}

TEST(Score, KeepsToItsRange) {
  EXPECT_EQ(Pack({.visible_ms = 0}), 0);
  EXPECT_EQ(Pack({.visible_ms = kScoreEpochMs, .claims = 9999}), kClaimsMax);
  EXPECT_LT(Pack({.visible_ms = INT64_MAX, .claims = kClaimsMax}), int64_t{1} << 53);
}

}  // namespace
}  // namespace posthaste::queue
