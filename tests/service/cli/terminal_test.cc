#include "service/cli/terminal.h"

#include <gtest/gtest.h>

#include <sstream>

#include "posthaste/v1/message.pb.h"

namespace posthaste::cli {
namespace {

class TerminalTest : public ::testing::Test {
 protected:
  std::ostringstream out_, err_;
  Terminal plain_{out_, err_, false}, coloured_{out_, err_, true};
};

TEST_F(TerminalTest, AlignsRowsAndContinuesThem) {
  plain_.Row("to", "ana");
  plain_.Row("dialogue", "one\ntwo");
  plain_.Row("nothing", "");
  plain_.Row("a label that is long", "x");
  EXPECT_EQ(out_.str(),
            "  to            ana\n"
            "  dialogue      one\n"
            "                two\n"
            "  a label that is long  x\n");
}

TEST_F(TerminalTest, ColoursOnlyWhenAsked) {
  EXPECT_EQ(plain_.Good("ok"), "ok");
  EXPECT_EQ(coloured_.Good("ok"), "\033[32mok\033[0m");
}

TEST_F(TerminalTest, SendsErrorsElsewhere) {
  plain_.Error("no");
  plain_.Hint("why");
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "posthaste: no\n  why\n");
}

TEST_F(TerminalTest, WritesMessagesAsOneLineWithTheNamesOfTheProto) {
  v1::Attempt::Tls tls;
  tls.set_version("TLSv1.3");
  plain_.Json(tls);
  EXPECT_EQ(out_.str(), "{\"version\":\"TLSv1.3\",\"cipher\":\"\",\"verified\":false}\n");
}

TEST(Words, TellDurationsBriefly) {
  EXPECT_EQ(Words(absl::Microseconds(1600)), "2 ms");
  EXPECT_EQ(Words(absl::Milliseconds(999)), "999 ms");
  EXPECT_EQ(Words(absl::Milliseconds(1250)), "1.2 s");
  EXPECT_EQ(Words(absl::Seconds(5)), "5 s");
  EXPECT_EQ(Words(absl::Seconds(90)), "90 s");
  EXPECT_EQ(Words(absl::Minutes(10)), "10 min");
  EXPECT_EQ(Words(absl::Hours(72)), "72 h");
}

TEST(Words, TellTheDayOnlyWhenItIsAnother) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(Words(time, absl::UnixEpoch()), "");
  time.set_seconds(1'800'000'000);
  EXPECT_EQ(Words(time, absl::FromUnixSeconds(1'800'000'001)).size(), 8u);
  EXPECT_EQ(Words(time, absl::FromUnixSeconds(1'900'000'000)).size(), 19u);
}

TEST(Harmless, TakesTerminalControlsOut) {
  EXPECT_EQ(Harmless("a\033[2Jb\r\x07\xc2\x9b c\n\td\xc3\xbc\x7f"), "a[2Jb c\n\td\xc3\xbc");
}

}  // namespace
}  // namespace posthaste::cli
