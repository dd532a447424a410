#include "service/console/facts.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

namespace posthaste::console {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 08:00 UTC.

NowFacts Facts() {
  NowFacts facts;
  facts.now = kNow;
  facts.stats.emplace();
  facts.stats->classes[0] = {10, 2, 3, kNow - absl::Seconds(4)};
  facts.stats->parked = 7;
  facts.delivery.slots = 64;
  facts.delivery.slots_used = 3;
  facts.delivery.relays.push_back(
      {"mx1", "mx1.test:587", smtp::Breaker::State::kClosed, std::nullopt, 4, 2, 8, {"acme"}});
  facts.delivery.relays.push_back({"mx2", "mx2.test:587"});
  smtp::LatelyOf mx1;
  mx1.name = "mx1";
  mx1.counts.accepted = 5;
  mx1.counts.deferred = 1;
  mx1.counts.relay_failed = 2;
  mx1.failing_since = kNow - absl::Minutes(3);
  mx1.last.failure_class = smtp::FailureClass::kAuthFailed;
  mx1.last.reply = "535 5.7.8 no";
  facts.lately.relays = facts.chart.relays = {mx1};
  facts.lately.codes.accepted = 5;
  facts.lately.p99 = absl::Milliseconds(1250);
  return facts;
}

queue::Hold HoldOn(queue::HoldScope scope, const std::string& target) {
  queue::Hold hold;
  hold.number = 17;
  hold.scope = scope;
  hold.target = target;
  hold.reason = "ill";
  hold.creator = "ana";
  hold.create_time = kNow - absl::Minutes(1);
  hold.expire_time = kNow + absl::Hours(1);
  return hold;
}

TEST(ConsoleFacts, TellTheVerdictWhatIsKnown) {
  const ops::Situation situation = SituationOf(Facts());
  EXPECT_EQ(situation.codes, 13) << "what is due waits too";
  EXPECT_EQ(situation.codes_due, 2);
  EXPECT_EQ(situation.oldest_due, kNow - absl::Seconds(4));
  EXPECT_EQ(situation.accepted, 5);
  EXPECT_EQ(situation.p99_seconds, 1.25);
  ASSERT_EQ(situation.relays.size(), 2u);
  EXPECT_EQ(situation.relays[0].accepted, 5);
  EXPECT_EQ(situation.relays[0].failed, 3);
  EXPECT_EQ(situation.relays[0].failure_class, v1::AUTH_FAILED);
  EXPECT_EQ(situation.relays[0].failing_since, kNow - absl::Minutes(3));
  EXPECT_TRUE(situation.relays[0].open);
  EXPECT_FALSE(situation.relays[1].failing_since.has_value());
  EXPECT_EQ(situation.hold, "");
}

TEST(ConsoleFacts, TellABreakerAndASuspension) {
  NowFacts facts = Facts();
  facts.delivery.relays[0].breaker = smtp::Breaker::State::kOpen;
  facts.delivery.relays[1].breaker = smtp::Breaker::State::kSuspended;
  const ops::Situation situation = SituationOf(facts);
  EXPECT_FALSE(situation.relays[0].open);
  EXPECT_FALSE(situation.relays[0].suspended);
  EXPECT_TRUE(situation.relays[1].suspended);
}

TEST(ConsoleFacts, TellHoldsThatKeepCodesOfEverybody) {
  NowFacts facts = Facts();
  facts.holds = {HoldOn(queue::HoldScope::kTenant, "acme"),
                 HoldOn(queue::HoldScope::kMailClass, "NOTICE")};
  EXPECT_EQ(SituationOf(facts).hold, "");
  facts.holds.push_back(HoldOn(queue::HoldScope::kMailClass, "CODE"));
  EXPECT_EQ(SituationOf(facts).hold, "all codes, by ana, until 09:00 UTC (ill)");
  facts.holds.back().expire_time = kNow;
  EXPECT_EQ(SituationOf(facts).hold, "") << "it is over";
  facts.holds = {HoldOn(queue::HoldScope::kAll, "")};
  EXPECT_THAT(SituationOf(facts).hold, HasSubstr("all mail"));
}

TEST(ConsoleFacts, TellARelaysHoldAndOneOfEveryRelay) {
  NowFacts facts = Facts();
  facts.holds = {HoldOn(queue::HoldScope::kRelay, "mx1")};
  EXPECT_TRUE(SituationOf(facts).relays[0].held);
  EXPECT_FALSE(SituationOf(facts).relays[1].held);
  EXPECT_EQ(SituationOf(facts).hold, "");
  facts.holds.push_back(HoldOn(queue::HoldScope::kRelay, "mx2"));
  EXPECT_THAT(SituationOf(facts).hold, HasSubstr("every relay"));
}

TEST(ConsoleFacts, AreJsonThatThePageReads) {
  NowFacts facts = Facts();
  facts.holds = {HoldOn(queue::HoldScope::kRelay, "mx2")};
  facts.chart.failures = {facts.chart.relays[0].last};
  facts.chart.p50 = absl::Milliseconds(200);
  facts.chart.slices = {facts.chart.relays[0].counts, {}};
  const std::string json = NowJson(facts);
  google::protobuf::Struct read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &read).ok()) << json;
  EXPECT_THAT(json, HasSubstr(R"("verdict":{"tone":"bad","cause":"credentials")"));
  EXPECT_THAT(json, HasSubstr(R"({"mail_class":"CODE","due":2,"later":8,"leased":3,)"));
  EXPECT_THAT(json, HasSubstr(R"("parked":7)"));
  EXPECT_THAT(json, HasSubstr(R"("accepted":[5,0],"failed":[3,0])"));
  EXPECT_THAT(json, HasSubstr(R"("breaker":"closed","open":4,"active":2,"window":8)"));
  EXPECT_THAT(json, HasSubstr(R"("failing_since":"2027-01-15T07:57:00.000Z")"));
  EXPECT_THAT(json, HasSubstr(R"("hold":"h17")"));
  EXPECT_THAT(json, HasSubstr(R"("failure_class":"AUTH_FAILED","reply":"535 5.7.8 no")"));
  EXPECT_THAT(json, HasSubstr(R"("latency":{"p50":0.2})"));
  facts.stats.reset();
  EXPECT_THAT(NowJson(facts), HasSubstr(R"("queue":null)"));
}

}  // namespace
}  // namespace posthaste::console
