#include "service/sandbox/relay_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;

constexpr char kRefused[] =
    R"({"time":"x","level":"info","event":"attempt","message":"m1","held":"tried","relay":"relay","state":"BOUNCED",)"
    R"("failure_class":"SENDER_REJECTED","reply":"550 5.7.1 not you","attempts":1})";

TEST(ReadRefused, ReadsAnAttemptThatNoRelayAccepted) {
  const std::optional<Refused> refused = ReadRefused(kRefused);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->message, "m1");
  EXPECT_EQ(refused->reply, "550 5.7.1 not you");
  EXPECT_EQ(refused->failure_class, v1::SENDER_REJECTED);
}

TEST(ReadRefused, LeavesOtherLinesAlone) {
  EXPECT_FALSE(ReadRefused("").has_value());
  EXPECT_FALSE(ReadRefused("no json").has_value());
  EXPECT_FALSE(ReadRefused(R"({"event":"ready"})").has_value());
  EXPECT_FALSE(
      ReadRefused(R"({"event":"attempt","held":"tried","relay":"relay","state":"ACCEPTED"})")
          .has_value());
  EXPECT_FALSE(ReadRefused(R"({"event":"attempt","held":"expired","relay":"","state":"EXPIRED"})")
                   .has_value());
}

TEST(RelayWatch, TellsWhatComesAfterItsStartEvenInHalfLines) {
  const TempDir dir;
  const std::string path = dir.Write("log", std::string(kRefused) + "\n");
  std::ostringstream out, err;
  cli::Terminal terminal(out, err, false);
  RelayWatch watch(path, [](const std::string&) { return std::string("mail"); });
  watch.Print(terminal);
  EXPECT_EQ(out.str(), "");
  std::ofstream log(path, std::ios::app);
  log << std::string(kRefused).substr(0, 40) << std::flush;
  watch.Print(terminal);
  EXPECT_EQ(out.str(), "");
  log << std::string(kRefused).substr(40) << "\n" << std::flush;
  watch.Print(terminal);
  EXPECT_EQ(out.str(),
            "\nbounced  m1\n"
            "  relay         relay\n"
            "  phase         mail\n"
            "  reply         550 5.7.1 not you\n"
            "  why           sender_rejected\n"
            "  what to do    Use a sender address that the relay allows for this account.\n");
}

}  // namespace
}  // namespace posthaste::sandbox
