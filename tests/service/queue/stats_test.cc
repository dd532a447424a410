#include "service/queue/stats.h"

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::SizeIs;

class HousekeepingTest : public LeaseTest {
 protected:
  Stats Count() { return Run(peer_.housekeeping.StatsNow()).value(); }
};

TEST_F(HousekeepingTest, CountsEachClassOverAllShards) {
  const absl::Time start = FromMillis(RedisNow());
  AddJobs({}, 10);
  JobOptions notice;
  notice.mail_class = MailClass::kNotice;
  for (const std::string tenant : {"a", "b", "c"}) {
    notice.tenant = tenant;
    notice.shard = 3;
    AddJobs(notice, 4);
  }
  notice.delay = absl::Seconds(20);
  AddJobs(notice, 5);
  EXPECT_THAT(Claim(3), SizeIs(3));
  EXPECT_THAT(Claim(8, MailClass::kNotice, 3), SizeIs(8));
  const Stats stats = Count();
  EXPECT_EQ(stats.classes[0].waiting, 7);
  EXPECT_EQ(stats.classes[0].due, 7);
  EXPECT_EQ(stats.classes[0].leased, 3);
  EXPECT_GE(*stats.classes[0].oldest, start);
  EXPECT_EQ(stats.classes[1].waiting, 9);
  EXPECT_EQ(stats.classes[1].due, 4);
  EXPECT_EQ(stats.classes[1].leased, 8);
  EXPECT_EQ(stats.classes[2].waiting, 0);
  EXPECT_FALSE(stats.classes[2].oldest.has_value());
}

TEST_F(HousekeepingTest, EndsParkedJobsAfterTheirTimeAndNotBefore) {
  JobOptions notice;
  notice.mail_class = MailClass::kNotice;
  const std::string id = AddJob(notice);
  const std::string doubtful = AddJob(notice);
  for (const LeasedJob& job : Claim(2)) {
    Settlement park = Park(job.lease);
    park.uncertain = job.lease.id == doubtful ? 1 : 0;
    EXPECT_EQ(Settle(park), Settled::kDone);
  }
  EXPECT_EQ(Count().parked, 2);
  Server().MoveClock(absl::Hours(71));
  Count();  // Shows us the time.
  EXPECT_EQ(Run(peer_.housekeeping.Upkeep(0)).value().expired, 0);
  Server().MoveClock(absl::Minutes(61));
  Count();
  EXPECT_EQ(Run(peer_.housekeeping.Upkeep(0)).value().expired, 2);
  EXPECT_EQ(Run(peer_.housekeeping.Upkeep(0)).value().expired, 0);
  EXPECT_EQ(Count().parked, 0);
  EXPECT_EQ(ShownState(View(id)), v1::Message::FAILED);
  EXPECT_EQ(ShownState(View(doubtful)), v1::Message::UNCERTAIN);
  EXPECT_TRUE(Stored(id).sealed.empty());
}

TEST_F(HousekeepingTest, ForgetsEventsAfterThreeDays) {
  const int64_t now_ms = RedisNow();
  const auto add = [this](int64_t ms, int i) {
    Server().Call({"XADD", keys_.Events(0), std::to_string(ms) + "-" + std::to_string(i), "i", "m",
                   "s", "1", "t", "acme"});
  };
  for (int i = 0; i < 300; ++i) add(now_ms - absl::ToInt64Milliseconds(absl::Hours(73)), i);
  for (int i = 0; i < 5; ++i) add(now_ms, i);
  EXPECT_EQ(Run(peer_.housekeeping.Upkeep(0)).value().events_lost, 0) << "their time was over";
  const int64_t left = std::stoll(Server().Call({"XLEN", keys_.Events(0)}));
  EXPECT_GE(left, 5);
  EXPECT_LT(left, 105 + 5) << "but for the rest of a node";
}

}  // namespace
}  // namespace posthaste::queue
