#include "service/api/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/metrics.h"
#include "service/api/refusal.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

template <typename Emitter>
std::string LinesOf(Emitter emit) {
  const TempDir dir;
  EXPECT_TRUE(log::Start(log::Level::kDebug, dir.File("log")));
  emit();
  log::Stop();
  return ReadFile(dir.File("log"));
}

TEST(Events, CountMailThatWasReplacedBeforeItWasSent) {
  SupersededUnsent(0);
  EXPECT_THAT(metrics::Exposition(), HasSubstr("posthaste_superseded_unsent_total 0"));
  SupersededUnsent(2);
  EXPECT_THAT(metrics::Exposition(), HasSubstr("posthaste_superseded_unsent_total 2"));
}

TEST(Events, CountEveryAnswerAndLogRefusalsOnly) {
  EXPECT_THAT(LinesOf([] { Answered("GetMessage", absl::OkStatus(), absl::Milliseconds(2)); }),
              IsEmpty());
  const std::string line = LinesOf([] {
    Answered("GetMessage", Missing("MESSAGE_NOT_FOUND", "posthaste.v1.Message", "m1"),
             absl::Milliseconds(2));
  });
  EXPECT_THAT(
      line,
      HasSubstr(
          R"("level":"info","event":"refused","method":"GetMessage","code":"NOT_FOUND","reason":"MESSAGE_NOT_FOUND")"));
  EXPECT_THAT(
      metrics::Exposition(),
      HasSubstr(R"(posthaste_grpc_requests_total{code="NOT_FOUND",method="GetMessage"} 1)"));
  EXPECT_THAT(metrics::Exposition(),
              HasSubstr(R"(posthaste_grpc_requests_total{code="OK",method="GetMessage"} 1)"));
}

TEST(Events, WarnWithTheCauseWhenWeFailed) {
  const std::string line = LinesOf(
      [] { Answered("SendTemplate", absl::InternalError("zstd failed"), absl::ZeroDuration()); });
  EXPECT_THAT(line, HasSubstr(R"("level":"warning")"));
  EXPECT_THAT(line, HasSubstr(R"("why":"zstd failed")"));
}

TEST(Events, DoNotLogWhatCallersSaid) {
  const std::string line = LinesOf([] {
    Answered("SendTemplate", Invalid("variables.ana_example_com", "VARIABLE_UNDECLARED", "x"),
             absl::ZeroDuration());
  });
  EXPECT_THAT(line, Not(HasSubstr("ana_example_com")));
  EXPECT_THAT(line, HasSubstr("VARIABLE_UNDECLARED"));
}

TEST(Events, TellWhatWasTakenReplayedLimitedAndChecked) {
  const std::string lines = LinesOf([] {
    Admitted("m1", "acme", "CODE", "verification_code", "example.com", "00-1-2-01");
    Replayed("m1");
    LimitRefused("client_hour", "acme");
    Checked("v1", "acme", "password_reset", "MISMATCHED", true);
    Checked("v2", "acme", "password_reset", "MISMATCHED", false);
  });
  EXPECT_THAT(
      lines,
      HasSubstr(
          R"("event":"admitted","message":"m1","tenant":"acme","mail_class":"CODE","template":"verification_code","domain":"example.com","traceparent":"00-1-2-01")"));
  EXPECT_THAT(lines, HasSubstr(R"("event":"replayed","message":"m1")"));
  EXPECT_THAT(lines, HasSubstr(R"("event":"limited","limit":"client_hour","tenant":"acme")"));
  EXPECT_THAT(
      lines,
      HasSubstr(
          R"("event":"checked","verification":"v1","tenant":"acme","purpose":"password_reset","result":"MISMATCHED")"));
  const std::string all = metrics::Exposition();
  EXPECT_THAT(all,
              HasSubstr(R"(posthaste_message_transitions_total{mail_class="CODE",to="QUEUED"} 1)"));
  EXPECT_THAT(all, HasSubstr("posthaste_idempotent_replays_total 1"));
  EXPECT_THAT(all, HasSubstr(R"(posthaste_limit_refusals_total{limit="client_hour"} 1)"));
  EXPECT_THAT(
      all, HasSubstr(R"(posthaste_checks_total{purpose="password_reset",result="MISMATCHED"} 1)"));
}

TEST(Events, MakeLabelsOfTheFirstFiftyPurposesOnly) {
  for (int i = 0; i < 60; ++i) VerificationEvent("purpose_" + std::to_string(i), "created");
  const std::string all = metrics::Exposition();
  EXPECT_THAT(all,
              HasSubstr(R"(posthaste_verifications_total{event="created",purpose="purpose_0"} 1)"));
  EXPECT_THAT(all, HasSubstr(R"(posthaste_verifications_total{event="created",purpose="other"})"));
  EXPECT_THAT(all, Not(HasSubstr("purpose_59")));
}

}  // namespace
}  // namespace posthaste::api
