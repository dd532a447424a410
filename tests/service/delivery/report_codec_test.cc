#include "service/delivery/report_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "posthaste/store/v1/delivery_report.pb.h"
#include "tests/service/delivery/delivery_support.h"

namespace posthaste::delivery {
namespace {

using ::testing::SizeIs;
using Stored = store::v1::DeliveryReport;

TEST(ReportCodec, ReadsWhatItWrote) {
  const Report report = FullReport();
  const std::string bytes = EncodeReport(report);
  const Report read = DecodeReport(bytes).value();
  EXPECT_EQ(EncodeReport(read), bytes);
  EXPECT_EQ(read.time, kNow);
  EXPECT_EQ(read.slots, 64);
  EXPECT_EQ(read.slots_used, 3);
  ASSERT_THAT(read.relays, SizeIs(2));
  EXPECT_EQ(read.relays[1].breaker, smtp::Breaker::State::kOpen);
  EXPECT_EQ(read.relays[1].reopen, report.relays[1].reopen);
  EXPECT_EQ(read.relays[1].tenants, report.relays[1].tenants);
  EXPECT_EQ(read.relays[0].where, "mx1.test:587");
  const smtp::LatelyPicture picture = PictureOf(read.lately, kNow, absl::Minutes(15));
  EXPECT_EQ(picture.relays[0].counts, (smtp::LatelyCounts{55, 44, 33, 22, 11}));
  EXPECT_EQ(picture.relays[0].failing_since, kNow - absl::Seconds(1));
  EXPECT_EQ(picture.relays[0].last.reply, "451 4.7.1 later");
  EXPECT_EQ(picture.relays[0].last.failure_class, smtp::FailureClass::kGreylisted);
  EXPECT_EQ(picture.failures[0].message, "m1");
  EXPECT_EQ(picture.p99, PictureOf(report.lately, kNow, absl::Minutes(15)).p99);
  EXPECT_EQ(read.lately.relays.at("mx1").accepted, kNow - absl::Seconds(2));
}

TEST(ReportCodec, RefusesWhatIsNoReport) {
  EXPECT_FALSE(DecodeReport("").ok());
  EXPECT_FALSE(DecodeReport("\xff\xff").ok());
  const auto refused = [](const auto& spoil) {
    Stored stored;
    stored.ParseFromString(EncodeReport(FullReport()));
    spoil(stored);
    return !DecodeReport(stored.SerializeAsString()).ok();
  };
  EXPECT_TRUE(refused([](Stored& one) { one.mutable_all()->add_slices(1); })) << "not six";
  EXPECT_TRUE(refused([](Stored& one) { one.mutable_all()->set_slices(0, -1); }));
  EXPECT_TRUE(refused([](Stored& one) { one.set_latencies(1, 64); })) << "there are 64 buckets";
  EXPECT_TRUE(refused([](Stored& one) { one.set_latencies(0, -90); }));
  EXPECT_FALSE(refused([](Stored& one) { one.mutable_relays(0)->set_breaker(17); }))
      << "a newer version's is taken for the worst";
}

}  // namespace
}  // namespace posthaste::delivery
