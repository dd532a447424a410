#include "service/queue/shape.h"

#include <numeric>

#include "service/queue/stats.h"
#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

int64_t All(const Shape::Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

TEST(Shape, PutsAnAgeIntoTheColumnThatEndsBehindIt) {
  Shape shape;
  shape.Add(MailClass::kCode, "gmail", absl::ZeroDuration());
  shape.Add(MailClass::kCode, "gmail", absl::Seconds(10));
  shape.Add(MailClass::kCode, "", absl::Hours(100));
  const Shape::Counts& gmail = shape.rows.at({MailClass::kCode, "gmail"});
  EXPECT_EQ(gmail[0], 1);
  EXPECT_EQ(gmail[1], 1) << "a bound belongs to the next column";
  EXPECT_EQ(shape.rows.at({MailClass::kCode, "other"}).back(), 1);
}

class ShapeTest : public LeaseTest {};

TEST_F(ShapeTest, CountsWaitingAndHeldJobsOfEveryShardAndTenant) {
  JobOptions job;
  job.facts.set_provider("gmail");
  AddJobs(job, 3);
  job.shard = 3;
  AddJobs(job, 2);
  JobOptions notice;
  notice.mail_class = MailClass::kNotice;
  for (const std::string tenant : {"a", "b"}) {
    notice.tenant = tenant;
    AddJobs(notice, 300);  // More than one read takes.
  }
  Claim(1);
  const Shape shape = Run(peer_.housekeeping.ShapeNow()).value();
  EXPECT_FALSE(shape.truncated);
  ASSERT_EQ(shape.rows.size(), 2u);
  EXPECT_EQ(All(shape.rows.at({MailClass::kCode, "gmail"})), 5);
  EXPECT_EQ(All(shape.rows.at({MailClass::kNotice, "other"})), 600);
}

TEST_F(ShapeTest, TellsAgesByRedisClock) {
  AddJobs({}, 1);
  Server().MoveClock(absl::Minutes(3));
  Run(peer_.housekeeping.StatsNow()).value();  // Shows us the time.
  const Shape shape = Run(peer_.housekeeping.ShapeNow()).value();
  EXPECT_EQ(shape.rows.at({MailClass::kCode, "other"})[2], 1);
}

}  // namespace
}  // namespace posthaste::queue
