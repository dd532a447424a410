#include "service/doctor/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::doctor {
namespace {

using testing::HasSubstr;

TEST(JudgeFiles, CountsEachSessionAndWhatIsBeside) {
  config::v1::Config config;
  config.add_relays()->set_sessions(20);
  config.add_relays()->set_sessions(5);
  EXPECT_EQ(FilesNeeded(config), 281);
  EXPECT_EQ(JudgeFiles(281, 281).level, Level::kGood);
  const Finding low = JudgeFiles(280, 281);
  EXPECT_EQ(low.level, Level::kFault);
  EXPECT_THAT(low.next, HasSubstr("LimitNOFILE"));
}

TEST(JudgeCertificate, TellsTheEndAheadOfTime) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(JudgeCertificate("grpc", now + absl::Hours(24 * 15), now).level, Level::kGood);
  EXPECT_EQ(JudgeCertificate("grpc", now + absl::Hours(24 * 13), now).level, Level::kWarning);
  const Finding over = JudgeCertificate("grpc", now, now);
  EXPECT_EQ(over.level, Level::kFault);
  EXPECT_THAT(over.what, HasSubstr("grpc: expired on 2027-01-15"));
}

TEST(JudgeSpace, WarnsBeforeTheDiskIsFull) {
  constexpr uint64_t kMiB = 1u << 20u;
  EXPECT_EQ(JudgeSpace("log", 2000 * kMiB, 100'000 * kMiB).level, Level::kGood);
  EXPECT_EQ(JudgeSpace("log", 500 * kMiB, 1'000 * kMiB).level, Level::kGood);
  EXPECT_EQ(JudgeSpace("log", 500 * kMiB, 100'000 * kMiB).level, Level::kWarning);
  EXPECT_EQ(JudgeSpace("log", 63 * kMiB, 100 * kMiB).level, Level::kFault);
}

TEST(JudgeSkew, CountsEitherWay) {
  EXPECT_EQ(JudgeSkew(absl::Milliseconds(-499)).level, Level::kGood);
  EXPECT_EQ(JudgeSkew(absl::Milliseconds(500)).level, Level::kWarning);
  EXPECT_EQ(JudgeSkew(absl::Seconds(-2)).level, Level::kFault);
  EXPECT_THAT(JudgeSkew(absl::Seconds(-2)).what, HasSubstr("2s behind ours"));
}

}  // namespace
}  // namespace posthaste::doctor
