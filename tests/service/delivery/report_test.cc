#include "service/delivery/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/delivery/delivery_support.h"

namespace posthaste::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = smtp::Breaker::State;

TEST(Report, AddsTheSessionsOfAllProcesses) {
  const Report all = Together(FullReport(), {FullReport(), FullReport()}, kNow);
  EXPECT_EQ(all.processes, 3);
  EXPECT_EQ(all.slots, 3 * 64);
  EXPECT_EQ(all.slots_used, 9);
  ASSERT_THAT(all.relays, SizeIs(2));
  EXPECT_EQ(all.relays[0].id, "mx1");
  EXPECT_EQ(all.relays[0].open, 12);
  EXPECT_EQ(all.relays[0].active, 6);
  EXPECT_EQ(all.relays[0].window, 24);
  EXPECT_EQ(all.lately.all.Sum(0, smtp::LatelySliceOf(kNow)).accepted, 3 * 55);
}

TEST(Report, ShowsTheWorstBreakerAndWhenThatOneIsTried) {
  Report worse = FullReport();
  worse.relays[0].breaker = State::kSuspended;
  worse.relays[0].reopen = kNow + absl::Seconds(7);
  worse.relays[1].breaker = State::kClosed;
  worse.relays[1].reopen.reset();
  for (const Report& all :
       {Together(FullReport(), {worse}, kNow), Together(worse, {FullReport()}, kNow)}) {
    EXPECT_EQ(all.relays[0].breaker, State::kSuspended);
    EXPECT_EQ(all.relays[0].reopen, kNow + absl::Seconds(7));
    EXPECT_EQ(all.relays[1].breaker, State::kOpen);
    EXPECT_EQ(all.relays[1].reopen, kNow + absl::Seconds(30));
  }
}

TEST(Report, NamesTheTenantsOfAll) {
  Report other = FullReport();
  other.relays[0].tenants = {"globex", "initech"};
  EXPECT_THAT(Together(FullReport(), {other}, kNow).relays[0].tenants,
              ElementsAre("acme", "globex", "initech"));
}

TEST(Report, KeepsWhatAProcessDidThatSpeaksNoMore) {
  const Report gone = FullReport(kNow - kReportFresh - absl::Milliseconds(1));
  const Report all = Together(OwnReport({}, 0, 0, kNow), {gone}, kNow);
  EXPECT_EQ(all.processes, 0);
  EXPECT_EQ(all.slots, 0);
  EXPECT_THAT(all.relays, IsEmpty()) << "nobody knows how it is now";
  EXPECT_EQ(all.lately.all.Sum(0, smtp::LatelySliceOf(kNow)).accepted, 55);
}

TEST(Report, KnowsTheRelaysOfAnotherProcessWhereThisOneSendsNothing) {
  const Report all = Together(OwnReport({}, 0, 0, kNow), {FullReport()}, kNow);
  EXPECT_EQ(all.processes, 1);
  EXPECT_EQ(all.slots, 64);
  EXPECT_THAT(all.relays, SizeIs(2));
}

}  // namespace
}  // namespace posthaste::delivery
