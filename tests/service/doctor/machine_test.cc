#include "service/doctor/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/task.h"

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

TEST(LookAtMachine, SaysWhetherAPortIsTaken) {
  Loop loop{1};
  asio::ip::tcp::acceptor taken(loop, {asio::ip::make_address("127.0.0.1"), 0});
  config::v1::Config config;
  config.mutable_grpc()->set_address(
      absl::StrCat("127.0.0.1:", std::to_string(taken.local_endpoint().port())));
  const auto level = [&config] {
    for (const Finding& one : LookAtMachine(config, absl::UnixEpoch())) {
      if (one.check == "ports") return one.level;
    }
    return Level::kUnknown;
  };
  EXPECT_EQ(level(), Level::kWarning);
  taken.close();
  EXPECT_EQ(level(), Level::kGood);
}

}  // namespace
}  // namespace posthaste::doctor
