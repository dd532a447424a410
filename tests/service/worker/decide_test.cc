#include "service/worker/decide.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "service/queue/score.h"
#include "tests/support/fake_random.h"

namespace posthaste::worker {
namespace {

using Kind = queue::Settlement::Kind;
using v1::Message;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class DecideTest : public testing::Test {
 protected:
  DecideTest() {
    job_.lease.id = "m0000000000000000000000";
    job_.record.head.create_ms = absl::ToUnixMillis(kNow - absl::Seconds(1));
    job_.record.head.deadline_ms = absl::ToUnixMillis(kNow + absl::Minutes(10));
    job_.record.facts.set_verification_id("v0000000000000000000000");
  }

  static smtp::Attempt Ended(smtp::Verdict verdict, int code = 250) {
    smtp::Attempt attempt;
    attempt.ending = smtp::Ending::kJudged;
    attempt.outcome.verdict = verdict;
    attempt.outcome.reply.code = code;
    attempt.outcome.reply.lines = {"said to ana@example.test"};
    attempt.relay = "mx1";
    return attempt;
  }

  static smtp::Attempt Stopped(smtp::FenceAnswer why) {
    smtp::Attempt attempt;
    attempt.ending = smtp::Ending::kStopped;
    attempt.fence = why;
    return attempt;
  }

  queue::Settlement Tried(std::vector<smtp::Attempt> attempts) {
    Report report;
    report.attempts = std::move(attempts);
    return Decide(job_, report, policy_, kNow, random_);
  }

  queue::Settlement Untried(Held held, absl::Time not_before = absl::InfinitePast()) {
    Report report;
    report.held = held;
    report.not_before = not_before;
    return Decide(job_, report, policy_, kNow, random_);
  }

  queue::LeasedJob job_;
  UncertainPolicy policy_;
  FakeRandom random_;
};

TEST_F(DecideTest, TellsOfAttachmentsThatGoWithTheMessage) {
  EXPECT_FALSE(Tried({Ended(smtp::Verdict::kAccepted)}).attachments);
  job_.record.head.flags |= queue::kFlagAttachments;
  EXPECT_TRUE(Tried({Ended(smtp::Verdict::kAccepted)}).attachments);
  EXPECT_TRUE(Untried(Held::kUnreadable).attachments);
}

TEST_F(DecideTest, TellsEachPhaseThatWasPassedHoweverShort) {
  smtp::Attempt attempt = Ended(smtp::Verdict::kAccepted);
  attempt.phase_durations[static_cast<size_t>(smtp::Phase::kRcpt)] = absl::Nanoseconds(40);
  const store::v1::AttemptRecord record = ToRecord(attempt, 1);
  EXPECT_EQ(record.phase_us(static_cast<int>(smtp::Phase::kRcpt)), 1);
  EXPECT_EQ(record.phase_us(static_cast<int>(smtp::Phase::kAuth)), 0);
}

TEST_F(DecideTest, EndsADecoyWithoutAnAttempt) {
  const queue::Settlement ended = Untried(Held::kDecoy);
  EXPECT_EQ(ended.kind, Kind::kEnd);
  EXPECT_EQ(ended.state, Message::SUPPRESSED);
  EXPECT_EQ(ended.attempts, 0);
}

TEST_F(DecideTest, EndsWhatIsForASuppressedRecipientButNoDoubt) {
  const queue::Settlement ended = Untried(Held::kSuppressed);
  EXPECT_EQ(ended.kind, Kind::kEnd);
  EXPECT_EQ(ended.state, Message::SUPPRESSED);
  EXPECT_EQ(ended.attempts, 0);
  job_.record.head.uncertain = 1;
  EXPECT_EQ(Untried(Held::kSuppressed).state, Message::UNCERTAIN);
}

TEST_F(DecideTest, PutsOffWhatIsHeldUntilTheHoldsEndOrItsOwn) {
  Report report;
  report.held = Held::kHeld;
  report.hold = 17;
  report.not_before = kNow + absl::Minutes(5);
  const queue::Settlement held = Decide(job_, report, policy_, kNow, random_);
  EXPECT_EQ(held.kind, Kind::kHold);
  EXPECT_EQ(held.hold, 17);
  EXPECT_EQ(held.visible, kNow + absl::Minutes(5));
  EXPECT_EQ(held.attempts, 0);
  report.not_before = kNow + absl::Hours(5);
  EXPECT_EQ(Decide(job_, report, policy_, kNow, random_).visible, kNow + absl::Minutes(10));
}

TEST_F(DecideTest, KeepsWhereAMailWasGreylistedAndNoOtherPlace) {
  smtp::Attempt attempt = Ended(smtp::Verdict::kDeferred);
  attempt.address = "192.0.2.1:25";
  attempt.outcome.failure_class = smtp::FailureClass::kGreylisted;
  EXPECT_EQ(Tried({attempt}).result.address(), "192.0.2.1:25");
  attempt.outcome.failure_class = smtp::FailureClass::kTimeout;
  job_.record.result.set_address("192.0.2.1:25");
  EXPECT_EQ(Tried({attempt}).result.address(), "");
}

TEST_F(DecideTest, EndsWhatTheRelayTook) {
  const queue::Settlement settlement = Tried({Ended(smtp::Verdict::kAccepted)});
  EXPECT_EQ(settlement.kind, Kind::kEnd);
  EXPECT_EQ(settlement.state, Message::ACCEPTED);
  EXPECT_EQ(settlement.attempts, 1);
  EXPECT_EQ(settlement.result.relay(), "mx1");
  ASSERT_EQ(settlement.attempt_records.size(), 1u);
  EXPECT_EQ(settlement.attempt_records[0].outcome(), v1::Attempt::ACCEPTED);
}

TEST_F(DecideTest, EndsWhatTheRelayRefusedForGoodAndNamesTheVerification) {
  const queue::Settlement settlement = Tried({Ended(smtp::Verdict::kBounced, 550)});
  EXPECT_EQ(settlement.state, Message::BOUNCED);
  EXPECT_EQ(settlement.verification_id, "v0000000000000000000000");
}

TEST_F(DecideTest, SuppressesWhomARelayRefusedForGood) {
  job_.record.facts.set_mailbox_hash("hash");
  job_.record.facts.set_masked_recipient("a***@example.test");
  smtp::Attempt refused = Ended(smtp::Verdict::kBounced, 550);
  refused.outcome.failure_class = smtp::FailureClass::kInvalidRecipient;
  refused.outcome.scope = smtp::Scope::kRecipient;
  refused.outcome.stated = true;
  const queue::Settlement settlement = Tried({refused});
  ASSERT_TRUE(settlement.suppress.has_value());
  EXPECT_EQ(settlement.suppress->cause, queue::Cause::kInvalidRecipient);
  EXPECT_EQ(settlement.suppress->strength, queue::Strength::kHard);
  EXPECT_EQ(settlement.suppress->mailbox_hash, "hash");
  EXPECT_EQ(settlement.suppress->note.masked_recipient, "a***@example.test");
  EXPECT_EQ(settlement.suppress->note.message_id, job_.lease.id);
  EXPECT_EQ(settlement.suppress->note.reply.find("ana"), std::string::npos);
  job_.record.head.uncertain = 1;
  EXPECT_EQ(Tried({refused}).state, Message::UNCERTAIN);
  EXPECT_TRUE(Tried({refused}).suppress.has_value()) << "what was said of the recipient is sure";
}

TEST_F(DecideTest, SuppressesNobodyForWhatMayPassOrIsAboutUs) {
  smtp::Attempt attempt = Ended(smtp::Verdict::kDeferred, 450);
  attempt.outcome.failure_class = smtp::FailureClass::kInvalidRecipient;
  attempt.outcome.scope = smtp::Scope::kRecipient;
  EXPECT_FALSE(Tried({attempt}).suppress.has_value());
  attempt = Ended(smtp::Verdict::kBounced, 550);
  attempt.outcome.failure_class = smtp::FailureClass::kSpamContent;
  attempt.outcome.scope = smtp::Scope::kMessage;
  EXPECT_FALSE(Tried({attempt}).suppress.has_value());
  attempt.outcome.failure_class = smtp::FailureClass::kUtf8Unsupported;
  attempt.outcome.scope = smtp::Scope::kRecipient;
  EXPECT_FALSE(Tried({attempt}).suppress.has_value());
}

TEST_F(DecideTest, EndsASoftSuppressionByACodeThatWasSentInSpiteOfIt) {
  job_.record.facts.set_mailbox_hash("hash");
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kAccepted)}).clear_mailbox_hash, "");
  job_.record.head.flags = queue::kFlagOverride;
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kAccepted)}).clear_mailbox_hash, "hash");
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kDeferred, 450)}).clear_mailbox_hash, "");
}

TEST_F(DecideTest, KeepsNoAddressOfAReply) {
  const queue::Settlement settlement = Tried({Ended(smtp::Verdict::kBounced, 550)});
  EXPECT_EQ(settlement.result.last_reply().find("ana"), std::string::npos)
      << settlement.result.last_reply();
}

TEST_F(DecideTest, WaitsAfterADeferral) {
  const queue::Settlement settlement = Tried({Ended(smtp::Verdict::kDeferred, 451)});
  EXPECT_EQ(settlement.kind, Kind::kRetry);
  EXPECT_EQ(settlement.state, Message::DEFERRED);
  EXPECT_GT(settlement.visible, kNow);
}

TEST_F(DecideTest, CountsEveryRelayAsAnAttemptButOneStepOfTheSchedule) {
  const queue::Settlement settlement =
      Tried({Ended(smtp::Verdict::kDeferred, 421), Ended(smtp::Verdict::kDeferred, 421),
             Ended(smtp::Verdict::kDeferred, 451)});
  EXPECT_EQ(settlement.attempts, 3);
  EXPECT_LE(settlement.visible, kNow + absl::Seconds(6));
}

TEST_F(DecideTest, SaysFailedAsSoonAsNoTryCanComeInTime) {
  job_.record.head.create_ms = absl::ToUnixMillis(kNow - absl::Seconds(570));
  job_.record.head.deadline_ms = absl::ToUnixMillis(kNow + absl::Seconds(30));
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kDeferred, 451)}).state, Message::FAILED);
}

TEST_F(DecideTest, SendsOnceMoreAfterDoubtAndThenStaysUncertain) {
  const queue::Settlement first = Tried({Ended(smtp::Verdict::kUncertain, 0)});
  EXPECT_EQ(first.kind, Kind::kRetry);
  EXPECT_EQ(first.uncertain, 1);
  job_.record.head.uncertain = 1;
  const queue::Settlement second = Tried({Ended(smtp::Verdict::kUncertain, 0)});
  EXPECT_EQ(second.kind, Kind::kEnd);
  EXPECT_EQ(second.state, Message::UNCERTAIN);
}

TEST_F(DecideTest, StaysUncertainAtOnceWherePolicySaysStop) {
  policy_.resend_codes = false;
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kUncertain, 0)}).state, Message::UNCERTAIN);
}

TEST_F(DecideTest, NeverTurnsDoubtIntoFailure) {
  job_.record.head.uncertain = 1;
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kBounced, 550)}).state, Message::UNCERTAIN);
  EXPECT_EQ(Untried(Held::kExpired).state, Message::UNCERTAIN);
  job_.record.head.create_ms = absl::ToUnixMillis(kNow - absl::Seconds(570));
  job_.record.head.deadline_ms = absl::ToUnixMillis(kNow + absl::Seconds(30));
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kDeferred, 451)}).state, Message::UNCERTAIN);
  EXPECT_EQ(Tried({Ended(smtp::Verdict::kAccepted)}).state, Message::ACCEPTED);
}

TEST_F(DecideTest, TreatsALostHoldersDotAsDoubt) {
  const queue::Settlement settlement = Untried(Held::kDot);
  EXPECT_EQ(settlement.uncertain, 1);
  EXPECT_EQ(settlement.attempts, 1);
  EXPECT_EQ(settlement.kind, Kind::kRetry);
}

TEST_F(DecideTest, GivesBackAtNoCostWhatWasNotTried) {
  const queue::Settlement busy = Untried(Held::kNoRelay, kNow + absl::Seconds(40));
  EXPECT_EQ(busy.kind, Kind::kRelease);
  EXPECT_EQ(busy.attempts, 0);
  EXPECT_GE(busy.visible, kNow + absl::Seconds(40)) << "before that it is of no use";
  EXPECT_LE(busy.visible, kNow + absl::Seconds(42));
  const queue::Settlement stopping = Untried(Held::kStopping);
  EXPECT_EQ(stopping.kind, Kind::kRelease);
  EXPECT_EQ(stopping.visible, kNow);
}

TEST_F(DecideTest, WaitsForAKeyOrARelayAsLongAsTheMessageLives) {
  const queue::Settlement code = Untried(Held::kNoKey);
  EXPECT_EQ(code.kind, Kind::kRelease);
  EXPECT_EQ(code.attempts, 0);
  EXPECT_GE(code.visible, kNow + absl::Seconds(15));
  EXPECT_LE(code.visible, kNow + absl::Seconds(17));
  job_.lease.mail_class = queue::MailClass::kNotice;
  job_.record.head.deadline_ms = absl::ToUnixMillis(kNow + absl::Hours(72));
  for (const Held held : {Held::kNoKey, Held::kNoRelay}) {
    absl::Time now = kNow;
    for (job_.lease.claims = 1; now < kNow + absl::Hours(72); ++job_.lease.claims) {
      ASSERT_LT(job_.lease.claims, queue::kClaimsMax) << "it would be parked as poison";
      Report report;
      report.held = held;
      const queue::Settlement given_back = Decide(job_, report, policy_, now, random_);
      EXPECT_EQ(given_back.kind, Kind::kRelease);
      now = given_back.visible;
    }
  }
}

// A relay that opens again, or has a place again, has it for all that wait for it.
TEST_F(DecideTest, BringsNothingBackTogetherThatWaitedForOneRelay) {
  const absl::Time opens = kNow + absl::Seconds(60);
  std::set<absl::Time> given_back, deferred, busy;
  Report report;
  report.attempts = {Ended(smtp::Verdict::kDeferred, 451)};
  report.not_before = opens;
  for (int i = 0; i < 100; ++i) {
    given_back.insert(Untried(Held::kNoRelay, opens).visible);
    deferred.insert(Decide(job_, report, policy_, kNow, random_).visible);
    busy.insert(Untried(Held::kNoRelay, kNow).visible);
  }
  for (const std::set<absl::Time>& times : {given_back, deferred}) {
    EXPECT_GT(times.size(), 90u);
    EXPECT_GE(*times.begin(), opens) << "before that it is of no use";
    EXPECT_GT(*times.rbegin() - *times.begin(), absl::Seconds(1));
    EXPECT_LE(*times.rbegin(), opens + absl::Seconds(2)) << "a code would feel it";
  }
  EXPECT_GT(*busy.rbegin() - *busy.begin(), absl::Milliseconds(50));
  EXPECT_LE(*busy.rbegin(), kNow + absl::Milliseconds(600));
}

TEST_F(DecideTest, NeverGivesBackPastTheDeadline) {
  EXPECT_EQ(Untried(Held::kNoRelay, kNow + absl::Hours(5)).visible, kNow + absl::Minutes(10));
}

TEST_F(DecideTest, ParksPoisonButFailsCodes) {
  EXPECT_EQ(Untried(Held::kPoison).state, Message::FAILED);
  job_.lease.mail_class = queue::MailClass::kNotice;
  const queue::Settlement parked = Untried(Held::kPoison);
  EXPECT_EQ(parked.kind, Kind::kPark);
  EXPECT_EQ(parked.state, Message::PARKED);
}

TEST_F(DecideTest, FollowsTheFence) {
  EXPECT_EQ(Tried({Stopped(smtp::FenceAnswer::kExpired)}).state, Message::EXPIRED);
  for (const smtp::FenceAnswer why :
       {smtp::FenceAnswer::kCancelled, smtp::FenceAnswer::kLost, smtp::FenceAnswer::kUnavailable}) {
    const queue::Settlement settlement = Tried({Stopped(why)});
    EXPECT_EQ(settlement.kind, Kind::kRelease);
    EXPECT_EQ(settlement.attempts, 0);
    EXPECT_EQ(settlement.attempt_records[0].outcome(), v1::Attempt::STOPPED);
  }
}

}  // namespace
}  // namespace posthaste::worker
