#include "service/queue/usage.h"

#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

class UsageTest : public AdmissionTest {
 protected:
  UsageTest() : usage_(*node_->client_, node_->clock_) {}

  std::vector<DayUsage> Read(int days, const std::string& tenant = "shop") {
    return node_->Run(usage_.Read(tenant, days));
  }

  Usage usage_;
};

TEST_F(UsageTest, CountsByClassDayAndTenant) {
  EXPECT_TRUE(Read(3).empty());
  for (int i = 0; i < 3; ++i) usage_.Count("shop", MailClass::kCode);
  usage_.Count("shop", MailClass::kGeneral);
  usage_.Count("other", MailClass::kNotice);
  std::vector<DayUsage> days = Read(3);
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0].day, DayOf(node_->clock_.Now()));
  EXPECT_EQ(days[0].counts[0], 3);
  EXPECT_EQ(days[0].counts[1], 0);
  EXPECT_EQ(days[0].counts[2], 1);
  EXPECT_EQ(days[0].total(), 4);
  server_.MoveClock(absl::Hours(24));
  Admit(Message());  // Skew: learns the time.
  usage_.Count("shop", MailClass::kNotice);
  days = Read(3);
  ASSERT_EQ(days.size(), 2u) << "the newest first";
  EXPECT_EQ(days[0].counts[1], 1);
  EXPECT_EQ(days[1].total(), 4);
  EXPECT_EQ(Read(1).size(), 1u);
  server_.MoveClock(absl::Hours(24 * 92));
  Admit(Message());
  EXPECT_TRUE(Read(kUsageDaysMax).empty());
  EXPECT_EQ(server_.Call({"KEYS", "ph:{u:*"}), "") << "forgotten";
}

TEST(Usage, HasDaysOfUtc) {
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(86399)), 0);
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(86400)), 1);
  EXPECT_EQ(EndOf(0), absl::FromUnixSeconds(86400));
}

}  // namespace
}  // namespace posthaste::queue
