#include "smtp/alarm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/metrics.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

Attempt Judged(const std::string& said, absl::Time at = kStart, const std::string& relay = "mx1") {
  ReplyParser parser;
  EXPECT_TRUE(parser.Feed(said + "\r\n").ok());
  Attempt attempt;
  attempt.relay = relay;
  attempt.start_time = at;
  attempt.ending = Ending::kJudged;
  attempt.outcome = Judge(Phase::kDot, parser.Next().value());
  return attempt;
}

TEST(Alarms, AreToldOnceUntilTheRelayTakesAMessage) {
  Alarms alarms;
  Alarms::Change change = alarms.Saw(Judged("535 5.7.8 no"));
  EXPECT_TRUE(change.raised && change.tell);
  for (int i = 1; i < 60; ++i) {
    change = alarms.Saw(Judged("535 5.7.8 no", kStart + absl::Minutes(i)));
    EXPECT_TRUE(change.raised && !change.tell) << i;
  }
  EXPECT_TRUE(alarms.Saw(Judged("535 5.7.8 no", kStart + absl::Minutes(61))).tell)
      << "nobody has mended it for an hour";
  EXPECT_THAT(alarms.Saw(Judged("250 ok")).over, ElementsAre(FailureClass::kAuthFailed));
  EXPECT_THAT(alarms.Saw(Judged("250 ok")).over, IsEmpty());
}

TEST(Alarms, DoNotFlapWhereOnlyOneSendersPapersAreBad) {
  Alarms alarms;
  int told = 0;
  for (int i = 0; i < 50; ++i) {
    told += alarms.Saw(Judged("550 5.7.26 sign", kStart + absl::Minutes(i))).tell ? 1 : 0;
    alarms.Saw(Judged("250 ok", kStart + absl::Minutes(i)));
  }
  EXPECT_EQ(told, 1);
}

TEST(Alarms, AreOfEachRelayAndClass) {
  Alarms alarms;
  EXPECT_TRUE(alarms.Saw(Judged("535 no")).tell);
  EXPECT_TRUE(alarms.Saw(Judged("550 5.7.26 sign")).tell);
  EXPECT_TRUE(alarms.Saw(Judged("535 no", kStart, "mx2")).tell);
  EXPECT_EQ(alarms.Saw(Judged("250 ok")).over.size(), 2u);
}

TEST(Alarms, AreNotRaisedByWhatIsNotOursToMend) {
  Alarms alarms;
  for (const char* said :
       {"550 5.1.1 who", "451 later", "421 4.7.28 slow", "503 order", "250 ok"}) {
    EXPECT_FALSE(alarms.Saw(Judged(said)).raised) << said;
  }
  Attempt stopped = Judged("535 no");
  stopped.ending = Ending::kStopped;
  EXPECT_FALSE(alarms.Saw(stopped).raised);
}

TEST(Alarms, TellOfStarttlsThatWasCutOutAtMostOnceAnHour) {
  Alarms alarms;
  Attempt attempt = Judged("250 ok");
  EXPECT_FALSE(alarms.Saw(attempt).stripped);
  attempt.tls_stripped = true;
  EXPECT_TRUE(alarms.Saw(attempt).stripped);
  attempt.start_time += absl::Minutes(59);
  EXPECT_FALSE(alarms.Saw(attempt).stripped);
  attempt.start_time += absl::Minutes(1);
  EXPECT_TRUE(alarms.Saw(attempt).stripped);
  attempt.relay = "mx2";
  EXPECT_TRUE(alarms.Saw(attempt).stripped);
}

TEST(Alarms, AreAGaugeAndALineInTheLog) {
  const TempDir dir;
  const std::string path = dir.File("log");
  EXPECT_TRUE(log::Start(log::Level::kInfo, path));
  RaiseAlarms(Judged("535 5.7.8 ana@shop.test may not", kStart, "alarmed"));
  RaiseAlarms(Judged("535 5.7.8 ana@shop.test may not", kStart, "alarmed"));
  log::Stop();
  const std::string text = ReadFile(path);
  const std::string line =
      R"("level":"error","event":"relay_alarm","relay":"alarmed","failure_class":"auth_failed",)"
      R"("phase":"dot","reply":"535 5.7.8 ***@shop.test may not")";
  EXPECT_THAT(text, HasSubstr(line));
  EXPECT_EQ(text.find("relay_alarm", text.find("relay_alarm") + 1), std::string::npos);
  const std::string gauge =
      R"(posthaste_relay_alarm{failure_class="auth_failed",relay="alarmed"} )";
  EXPECT_THAT(metrics::Exposition(), HasSubstr(gauge + "1"));
  RaiseAlarms(Judged("250 ok", kStart, "alarmed"));
  EXPECT_THAT(metrics::Exposition(), HasSubstr(gauge + "0"));
}

}  // namespace
}  // namespace posthaste::smtp
