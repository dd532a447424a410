#include "service/cli/queue_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/clock.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class QueueViewTest : public ::testing::Test {
 protected:
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

TEST_F(QueueViewTest, TellsHowLongTheOldestIsDueAndWhatIsSetAside) {
  v1::GetQueueStatsResponse stats;
  auto& row = *stats.add_classes();
  row.set_mail_class(v1::CODE);
  row.set_waiting(312);
  row.set_due(300);
  row.mutable_oldest_due_time()->set_seconds(1000);
  stats.add_classes()->set_mail_class(v1::NOTICE);
  stats.set_parked(2);
  PrintQueue(stats, absl::FromUnixSeconds(1090), terminal_);
  EXPECT_THAT(out_.str(), HasSubstr("CODE           312       300         0  90 s"));
  EXPECT_THAT(out_.str(), HasSubstr("NOTICE           0         0         0  -"));
  EXPECT_THAT(out_.str(), HasSubstr("2 set aside"));
}

TEST_F(QueueViewTest, ShowsAColumnAnAge) {
  v1::GetQueueStatsResponse stats;
  stats.add_age_bounds()->set_seconds(10);
  stats.add_age_bounds()->set_seconds(60);
  auto& row = *stats.add_shape();
  row.set_provider("gmail");
  row.set_mail_class(v1::NOTICE);
  for (const int count : {1, 0, 41}) row.add_counts(count);
  PrintShape(stats, terminal_);
  EXPECT_THAT(out_.str(), HasSubstr("<10 s"));
  EXPECT_THAT(out_.str(), HasSubstr("gmail      NOTICE         42        1        0       41"));
}

TEST_F(QueueViewTest, SaysThatNobodySends) {
  v1::GetDeliveryStatsResponse stats;
  PrintRelays(stats, SystemClock().Now(), terminal_);
  EXPECT_THAT(out_.str(), HasSubstr("No process sends mail"));
}

TEST_F(QueueViewTest, NamesWhatARelayThatFailsSaid) {
  v1::GetDeliveryStatsResponse stats;
  auto& relay = *stats.add_relays();
  relay.set_id("mx1");
  relay.set_breaker(v1::GetDeliveryStatsResponse::Relay::OPEN);
  relay.mutable_counts()->set_deferred(7);
  auto& failure = *stats.add_failures();
  failure.set_relay("mx1");
  failure.set_outcome("relay_failed");
  failure.set_failure_class(v1::RATE_LIMITED);
  failure.set_reply("421 too many\x1b[2J");
  PrintRelays(stats, SystemClock().Now(), terminal_);
  EXPECT_THAT(out_.str(), HasSubstr("mx1              closed"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("No process")));
  EXPECT_THAT(out_.str(), HasSubstr("rate_limited  421 too many"));
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos) << "a relay must not move our cursor";
}

}  // namespace
}  // namespace posthaste::cli
