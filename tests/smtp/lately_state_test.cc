#include "smtp/lately_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

absl::Time Ago(int seconds) { return kNow - absl::Seconds(seconds); }

// What one process saw of a relay.
LatelyState Saw(const std::string& relay, int accepted, absl::Time at = kNow) {
  LatelyState state;
  state.relays[relay].At(LatelySliceOf(at)).accepted = accepted;
  state.relays[relay].accepted = at;
  state.all.At(LatelySliceOf(at)).accepted = accepted;
  state.codes.At(LatelySliceOf(at)).accepted = accepted;
  return state;
}

LatelyState Failing(const std::string& relay, absl::Time since, absl::Time last,
                    const std::string& reply = "451 no") {
  LatelyState state;
  LatelySeries& series = state.relays[relay];
  series.At(LatelySliceOf(last)).relay_failed = 1;
  series.failing_since = since;
  series.last.time = last;
  series.last.reply = reply;
  return state;
}

LatelyState Both(const LatelyState& a, const LatelyState& b) {
  LatelyState sum = a;
  Merge(b, sum);
  return sum;
}

LatelyPicture Seen(const LatelyState& state) { return PictureOf(state, kNow, absl::Minutes(15)); }

TEST(LatelyState, AddsWhatSeveralProcessesSaw) {
  const LatelyPicture picture =
      Seen(Both(Saw("mx1", 3), Both(Saw("mx1", 4, Ago(60)), Saw("mx2", 5))));
  ASSERT_THAT(picture.relays, SizeIs(2));
  EXPECT_EQ(picture.relays[0].counts.accepted, 7);
  EXPECT_EQ(picture.relays[1].counts.accepted, 5);
  EXPECT_EQ(picture.codes.accepted, 12);
  EXPECT_EQ(picture.slices.back().accepted, 8);
}

TEST(LatelyState, LetsNoOldSliceTakeTheRoomOfANewOne) {
  const absl::Duration turn = kLatelySlice * kLatelySlices;
  const LatelyState old = Saw("mx1", 3, kNow - turn);
  EXPECT_EQ(Seen(Both(Saw("mx1", 4), old)).relays[0].counts.accepted, 4);
  EXPECT_EQ(Seen(Both(old, Saw("mx1", 4))).relays[0].counts.accepted, 4);
}

TEST(LatelyState, FailsSinceTheFirstThatSawItFail) {
  const LatelyState one = Failing("mx1", Ago(90), Ago(60), "451 early");
  const LatelyState other = Failing("mx1", Ago(50), Ago(10), "451 late");
  for (const LatelyState& state : {Both(one, other), Both(other, one)}) {
    const LatelyPicture picture = Seen(state);
    EXPECT_EQ(picture.relays[0].failing_since, Ago(90));
    EXPECT_EQ(picture.relays[0].last.reply, "451 late");
  }
}

TEST(LatelyState, IsNotFailingIfAnotherProcessGotMailThroughSince) {
  const LatelyState failing = Failing("mx1", Ago(90), Ago(20));
  const LatelyState well = Saw("mx1", 1, Ago(10));
  EXPECT_FALSE(Seen(Both(failing, well)).relays[0].failing_since.has_value());
  EXPECT_FALSE(Seen(Both(well, failing)).relays[0].failing_since.has_value());
}

TEST(LatelyState, FailsAnewIfItFailedAfterAnotherProcessGotMailThrough) {
  const LatelyState failing = Failing("mx1", Ago(90), Ago(5));
  EXPECT_EQ(Seen(Both(failing, Saw("mx1", 1, Ago(10)))).relays[0].failing_since, Ago(5));
}

TEST(LatelyState, KeepsTheNewestFailuresOfAll) {
  LatelyState one, other;
  for (size_t i = 0; i < kLatelyFailuresMax; ++i) {
    LatelyFailure failure;
    failure.time = Ago(100 - static_cast<int>(i));
    failure.message = "one";
    one.NoteFailure(failure);
    failure.time += absl::Milliseconds(500);
    failure.message = "other";
    other.NoteFailure(failure);
  }
  const LatelyPicture picture = Seen(Both(one, other));
  ASSERT_THAT(picture.failures, SizeIs(kLatelyFailuresMax));
  EXPECT_EQ(picture.failures[0].message, "other");
  EXPECT_EQ(picture.failures[1].message, "one");
  EXPECT_GT(picture.failures.front().time, picture.failures.back().time);
}

TEST(LatelyState, IsPutIntoTheTimeOfAnotherClock) {
  for (const absl::Duration ahead :
       {absl::Hours(1), -absl::Hours(1), absl::Seconds(50), absl::Milliseconds(-70)}) {
    LatelyState other = Failing("mx1", Ago(90) + ahead, Ago(15) + ahead);
    other.all.At(LatelySliceOf(Ago(15) + ahead)).accepted = 3;
    other.NoteLatency(LatelySliceOf(Ago(15) + ahead), absl::Milliseconds(10));
    LatelyFailure failure;
    failure.time = Ago(15) + ahead;
    other.NoteFailure(failure);
    Shift(-ahead, other);
    const LatelyPicture picture = Seen(Both(Saw("mx2", 4), other));
    EXPECT_EQ(picture.relays[0].failing_since, Ago(90)) << ahead;
    EXPECT_EQ(picture.relays[0].counts.relay_failed, 1);
    EXPECT_EQ(picture.relays[1].counts.accepted, 4);
    EXPECT_EQ(picture.failures[0].time, Ago(15));
    EXPECT_EQ(picture.slices[picture.slices.size() - 3].accepted, 3);
    EXPECT_TRUE(picture.p50.has_value());
  }
}

TEST(LatelyState, MakesPercentilesOfAllLatencies) {
  LatelyState fast, slow;
  for (int i = 0; i < 90; ++i) fast.NoteLatency(LatelySliceOf(kNow), absl::Milliseconds(10));
  for (int i = 0; i < 10; ++i) slow.NoteLatency(LatelySliceOf(kNow), absl::Seconds(5));
  const LatelyPicture picture = Seen(Both(fast, slow));
  EXPECT_LT(*picture.p50, absl::Milliseconds(13));
  EXPECT_GT(*picture.p95, absl::Seconds(4));
  EXPECT_THAT(picture.relays, IsEmpty());
}

}  // namespace
}  // namespace posthaste::smtp
