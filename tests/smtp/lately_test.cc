#include "smtp/lately.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kBegin = absl::FromUnixSeconds(1'800'000'000);

Attempt Replied(const std::string& said, const std::string& relay = "mx1",
                Phase phase = Phase::kRcpt) {
  ReplyParser parser;
  EXPECT_TRUE(parser.Feed(said + "\r\n").ok());
  Attempt attempt;
  attempt.relay = relay;
  attempt.ending = Ending::kJudged;
  attempt.outcome = Judge(phase, parser.Next().value());
  return attempt;
}

Attempt Away(const std::string& relay = "mx1") {
  Attempt attempt;
  attempt.relay = relay;
  attempt.ending = Ending::kRelayFailed;
  attempt.outcome.phase = Phase::kConnect;
  attempt.outcome.failure_class = FailureClass::kConnectFailure;
  return attempt;
}

const Attempt kTaken = Replied("250 ok", "mx1", Phase::kDot);

class LatelyTest : public testing::Test {
 protected:
  void See(const Attempt& attempt, const std::string& provider = "gmail",
           absl::Duration took = absl::Milliseconds(100), bool code = true) {
    lately_.Saw(attempt, {"m1", provider, code, now_ - took}, now_);
  }
  LatelyPicture Now(absl::Duration span = absl::Minutes(5)) {
    return PictureOf(lately_.State(), now_, span);
  }

  absl::Time now_ = kBegin;
  Lately lately_;
};

TEST_F(LatelyTest, CountsByRelayAndByProvider) {
  See(kTaken);
  See(kTaken, "yahoo");
  See(Replied("451 4.2.0 later"), "yahoo");
  See(Replied("550 5.1.1 nobody", "mx2"), "");
  See(Away("mx2"));
  const LatelyPicture picture = Now();
  ASSERT_THAT(picture.relays, SizeIs(2));
  EXPECT_EQ(picture.relays[0].name, "mx1");
  EXPECT_EQ(picture.relays[0].counts.accepted, 2);
  EXPECT_EQ(picture.relays[0].counts.deferred, 1);
  EXPECT_EQ(picture.relays[1].counts.bounced, 1);
  EXPECT_EQ(picture.relays[1].counts.relay_failed, 1);
  ASSERT_THAT(picture.providers, SizeIs(3));
  EXPECT_EQ(picture.providers[1].name, "other");
  EXPECT_EQ(picture.providers[2].counts.deferred, 1);
  EXPECT_EQ(picture.codes.accepted, 2);
  EXPECT_EQ(picture.codes.failed(), 3);
}

TEST_F(LatelyTest, ForgetsCountsThatAreTooOld) {
  See(kTaken);
  now_ += absl::Minutes(4);
  See(kTaken);
  EXPECT_EQ(Now().codes.accepted, 2);
  EXPECT_EQ(Now(absl::Minutes(1)).codes.accepted, 1);
  now_ += absl::Minutes(4);
  EXPECT_EQ(Now().codes.accepted, 1);
  now_ += absl::Minutes(15);
  EXPECT_EQ(Now(absl::Hours(1)).codes.accepted, 0);
  See(kTaken);
  EXPECT_EQ(Now(absl::Hours(1)).codes.accepted, 1) << "the old slice's place is used again";
}

TEST_F(LatelyTest, DrawsSlicesOldestFirst) {
  See(kTaken);
  now_ += kLatelySlice;
  See(Away());
  const std::vector<LatelyCounts> slices = Now(absl::Seconds(30)).slices;
  ASSERT_THAT(slices, SizeIs(3));
  EXPECT_EQ(slices[1].accepted, 1);
  EXPECT_EQ(slices[2].relay_failed, 1);
}

TEST_F(LatelyTest, KnowsSinceWhenARelayFailsUntilItTakesMail) {
  See(Away());
  now_ += absl::Hours(1);
  See(Replied("421 4.3.2 ana@example.com: not today", "mx1"));
  LatelyOf relay = Now().relays[0];
  EXPECT_EQ(relay.failing_since, kBegin);
  EXPECT_EQ(relay.last.reply, "421 4.3.2 ***@example.com: not today");
  EXPECT_EQ(relay.last.phase, "rcpt");
  EXPECT_EQ(relay.last.outcome, "deferred");
  See(kTaken);
  relay = Now().relays[0];
  EXPECT_FALSE(relay.failing_since.has_value());
}

TEST_F(LatelyTest, DoesNotBlameARelayForARecipientNorAProviderForARelay) {
  See(Replied("550 5.1.1 nobody"));
  EXPECT_FALSE(Now().relays[0].failing_since.has_value());
  EXPECT_FALSE(Now().providers[0].failing_since.has_value());
  See(Away());
  EXPECT_TRUE(Now().relays[0].failing_since.has_value());
  EXPECT_FALSE(Now().providers[0].failing_since.has_value());
  See(Replied("450 4.2.1 too much mail for this mailbox"), "yahoo");
  EXPECT_TRUE(Now().providers[1].failing_since.has_value()) << "what is put off is its doing";
}

TEST_F(LatelyTest, TakesNoAttemptThatWeStoppedOrThatWasStale) {
  Attempt stopped = kTaken;
  stopped.ending = Ending::kStopped;
  See(stopped);
  Attempt stale = Away();
  stale.stale = true;
  See(stale);
  EXPECT_THAT(Now().relays, IsEmpty());
  EXPECT_THAT(Now().failures, IsEmpty());
}

TEST_F(LatelyTest, KeepsTheNewestFailures) {
  for (size_t i = 0; i < kLatelyFailuresMax + 5; ++i) See(Away("mx" + std::to_string(i % 3)));
  See(Replied("550 5.1.1 nobody"));
  const LatelyPicture picture = Now();
  EXPECT_THAT(picture.failures, SizeIs(kLatelyFailuresMax));
  EXPECT_EQ(picture.failures[0].failure_class, FailureClass::kInvalidRecipient);
  EXPECT_EQ(picture.failures[0].message, "m1");
}

TEST_F(LatelyTest, BoundsPercentilesOfCodesByAFifth) {
  EXPECT_FALSE(Now().p50.has_value());
  for (int i = 1; i <= 100; ++i) See(kTaken, "gmail", absl::Milliseconds(10 * i));
  See(kTaken, "gmail", absl::Hours(5), false);  // No code.
  const LatelyPicture picture = Now();
  EXPECT_GE(*picture.p50, absl::Milliseconds(500));
  EXPECT_LE(*picture.p50, absl::Milliseconds(600));
  EXPECT_GE(*picture.p99, absl::Milliseconds(990));
  EXPECT_LE(*picture.p99, absl::Milliseconds(1200));
  See(kTaken, "gmail", absl::Hours(5));
  EXPECT_TRUE(Now().p99.has_value()) << "what is beyond the last bucket counts there";
}

}  // namespace
}  // namespace posthaste::smtp
