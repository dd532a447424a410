// GetDeliveryStats through its handler.
#include "service/api/delivery_stats.h"

#include "service/delivery/report_codec.h"
#include "smtp/lately.h"
#include "tests/service/api/operator_fixture.h"
#include "tests/service/delivery/delivery_support.h"

namespace posthaste::api {
namespace {

class DeliveryStatsTest : public OperatorTest {
 protected:
  DeliveryStatsTest() : sender_(loop_, SystemClock(), smtp::TcpDialers(loop_)) {
    backend_.sender = &sender_;
    smtp::RelayOptions options;
    options.id = "mx1";
    relay_ = std::make_shared<smtp::Relay>(std::move(options), SystemClock());
    world_.shared.relays.emplace("mx1", relay_);
  }
  absl::Status Ask(v1::GetDeliveryStatsResponse& response, absl::Duration window = {}) {
    v1::GetDeliveryStatsRequest request;
    if (window > absl::ZeroDuration())
      request.mutable_window()->set_seconds(absl::ToInt64Seconds(window));
    return Operate(HandleGetDeliveryStats, request, response);
  }

  smtp::Sender sender_;
  std::shared_ptr<smtp::Relay> relay_;
};

TEST_F(DeliveryStatsTest, TellWhatCameOfAttemptsAndHowTheRelaysAre) {
  smtp::Attempt attempt;
  attempt.relay = "mx1";
  attempt.ending = smtp::Ending::kJudged;
  attempt.outcome.verdict = smtp::Verdict::kAccepted;
  const absl::Time now = SystemClock().Now();
  smtp::LatelySubject subject{"m1", "gmail", true, now - absl::Milliseconds(20)};
  smtp::TheLately().Saw(attempt, subject, now);
  attempt.outcome.verdict = smtp::Verdict::kDeferred;
  attempt.outcome.phase = smtp::Phase::kRcpt;
  attempt.outcome.failure_class = smtp::FailureClass::kGreylisted;
  attempt.outcome.scope = smtp::Scope::kSite;
  smtp::TheLately().Saw(attempt, subject, now);
  v1::GetDeliveryStatsResponse stats;
  ASSERT_EQ(Verdict(Ask(stats)), "OK");
  EXPECT_EQ(stats.window().seconds(), 300);
  ASSERT_EQ(stats.relays_size(), 1);
  EXPECT_EQ(stats.relays(0).id(), "mx1");
  EXPECT_EQ(stats.relays(0).breaker(), v1::GetDeliveryStatsResponse::Relay::CLOSED);
  EXPECT_EQ(stats.relays(0).counts().accepted(), 1);
  EXPECT_EQ(stats.relays(0).counts().deferred(), 1);
  EXPECT_GT(stats.relays(0).sessions_allowed(), 0);
  EXPECT_EQ(stats.codes().accepted(), 1);
  EXPECT_TRUE(stats.has_code_p99());
  ASSERT_GE(stats.failures_size(), 1);
  EXPECT_EQ(stats.failures(0).failure_class(), v1::GREYLISTED);
  EXPECT_EQ(stats.failures(0).phase(), "rcpt");
}

TEST_F(DeliveryStatsTest, TellASuspendedRelayAndWhenItIsTriedAgain) {
  smtp::Outcome refused;
  refused.phase = smtp::Phase::kAuth;
  refused.failure_class = smtp::FailureClass::kAuthFailed;
  refused.scope = smtp::Scope::kConfig;
  relay_->governor().OpenFailed(refused);
  v1::GetDeliveryStatsResponse stats;
  ASSERT_EQ(Verdict(Ask(stats)), "OK");
  EXPECT_EQ(stats.relays(0).breaker(), v1::GetDeliveryStatsResponse::Relay::SUSPENDED);
  EXPECT_TRUE(stats.relays(0).has_reopen_time());
}

TEST_F(DeliveryStatsTest, AskForAWindowThatIsKept) {
  v1::GetDeliveryStatsResponse stats;
  EXPECT_EQ(Verdict(Ask(stats, absl::Minutes(15))), "OK");
  EXPECT_EQ(FieldsOf(Ask(stats, absl::Minutes(16))), std::vector<std::string>{"window"});
}

TEST_F(DeliveryStatsTest, TellOfAllProcessesThatSend) {
  const absl::Time now = SystemClock().Now();
  const std::string told = delivery::EncodeReport(delivery::FullReport(now));
  ASSERT_TRUE(Run(store_->delivery_reports().Write("another", told)).ok());
  v1::GetDeliveryStatsResponse stats;
  ASSERT_EQ(Verdict(Ask(stats)), "OK");
  EXPECT_EQ(stats.processes(), 2);
  ASSERT_EQ(stats.relays_size(), 2) << "mx1 of both, mx2 of the other";
  EXPECT_GT(stats.relays(0).sessions_allowed(), 8);
  EXPECT_EQ(stats.relays(1).breaker(), v1::GetDeliveryStatsResponse::Relay::OPEN);
  EXPECT_TRUE(stats.relays(1).has_reopen_time());
  backend_.sender = nullptr;
  world_.shared.relays.clear();
  ASSERT_EQ(Verdict(Ask(stats)), "OK");
  EXPECT_EQ(stats.processes(), 1);
  EXPECT_EQ(stats.relays(0).sessions_allowed(), 8);
  EXPECT_EQ(stats.relays(0).last_failure().reply(), "451 4.7.1 later");
}

TEST_F(DeliveryStatsTest, SayThatNobodySends) {
  backend_.sender = nullptr;
  world_.shared.relays.clear();
  v1::GetDeliveryStatsResponse stats;
  ASSERT_EQ(Verdict(Ask(stats)), "OK");
  EXPECT_EQ(stats.processes(), 0);
  EXPECT_EQ(stats.relays_size(), 0);
}

}  // namespace
}  // namespace posthaste::api
