#include "service/webhooks/gap.h"

#include <gtest/gtest.h>

namespace posthaste::webhooks {
namespace {

constexpr int64_t kNow = 1'800'000'000'000;
constexpr int64_t kHour = 3'600'000;

queue::Position At(int64_t ms) { return {static_cast<uint64_t>(ms), 0}; }
queue::Mark MarkAt(int64_t ms, int64_t seen_ms) { return {At(ms).ToString(), seen_ms}; }

TEST(FindGap, FindsNoneWhereAllIsKept) {
  const queue::Marks marks = {MarkAt(kNow - kHour, kNow - 5), MarkAt(0, kNow - 5)};
  EXPECT_FALSE(FindGap(marks, kNow, {{At(kNow - 2 * kHour), 3}, {std::nullopt, 0}}).has_value());
}

TEST(FindGap, TellsOnceWhatWentInAllShards) {
  const queue::Marks marks = {MarkAt(kNow - 80 * kHour, kNow - 80 * kHour),
                              MarkAt(kNow - 90 * kHour, kNow - 81 * kHour),
                              MarkAt(kNow - kHour, kNow - 5)};
  const std::vector<queue::Kept> kept = {
      {At(kNow - 71 * kHour), 9}, {std::nullopt, 0}, {At(kNow - 71 * kHour), 9}};
  const std::optional<Gap> gap = FindGap(marks, kNow, kept);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->shards, 2);
  EXPECT_EQ(gap->event.type(), v1::Event::EVENTS_LOST);
  EXPECT_EQ(gap->event.id(), "lost-" + std::to_string(kNow - 81 * kHour));
  EXPECT_EQ(FindGap(marks, kNow + 77, kept)->event.id(), gap->event.id())
      << "when it is told again";
  EXPECT_EQ(gap->event.time().seconds(), (kNow - 71 * kHour) / 1000);
  EXPECT_EQ(gap->after[2], marks[2]);
  EXPECT_LT(queue::Position::Parse(gap->after[0].position), At(kNow - 71 * kHour));
  EXPECT_FALSE(FindGap(gap->after, kNow, kept).has_value()) << "told, it is over";
}

}  // namespace
}  // namespace posthaste::webhooks
