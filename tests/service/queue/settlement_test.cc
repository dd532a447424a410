#include "service/queue/settlement.h"

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Settling : public LeaseTest {
 protected:
  int64_t Life(const std::string& key) { return std::stoll(Server().Call({"PTTL", key})); }
};

TEST(Settlement, KeepsOfLongTextsWhatIsAllowed) {
  store::v1::AttemptRecord attempt;
  attempt.set_transcript(std::string(2047, 'x') + "\xc3\xa9 and more");
  store::v1::AttemptRecord kept;
  ASSERT_TRUE(kept.ParseFromString(EncodeAttempt(attempt)));
  EXPECT_EQ(kept.transcript(), std::string(2047, 'x')) << "half a character is none";
}

TEST(Settlement, EndsInDoubtWhatMayHaveArrived) {
  EXPECT_EQ(Ending(v1::Message::FAILED, 0), v1::Message::FAILED);
  for (const State state : {v1::Message::FAILED, v1::Message::EXPIRED, v1::Message::BOUNCED,
                            v1::Message::CANCELLED, v1::Message::UNCERTAIN}) {
    EXPECT_EQ(Ending(state, 1), v1::Message::UNCERTAIN);
  }
  EXPECT_EQ(Ending(v1::Message::ACCEPTED, 2), v1::Message::ACCEPTED);
}

TEST_F(Settling, WritesAShortTerminalRecord) {
  JobOptions options;
  store::v1::Facts& facts = options.facts;
  facts.set_template_name("verification_code");
  facts.set_template_revision(std::string(6, 'r'));
  facts.set_locale("de-CH");
  facts.set_masked_recipient("j***@example.com");
  facts.set_verification_id("v00abcdefghijklmnopqrst");
  facts.set_mailbox_hash(std::string(16, 'h'));
  options.live.set_skeleton(std::string(12, 's'));
  facts.set_purpose("password_reset");
  options.live.set_supersede_group(std::string(16, 'g'));
  options.live.set_traceparent(std::string(55, 't'));
  facts.set_provider("gmail");
  options.sealed = std::string(900, 'x');
  const std::string id = AddJob(options);
  Settlement end = End(ClaimOne().lease, v1::Message::ACCEPTED);
  end.result.set_relay("relay-1");
  end.result.set_last_reply("250 2.0.0 Ok: queued as 4XyZ0123456789ab");
  end.result.set_phase("dot");
  EXPECT_EQ(Settle(end), Settled::kDone);

  EXPECT_LE(std::stoi(Server().Call({"STRLEN", keys_.Message(0, id)})), 320);
  const Record record = Stored(id);
  EXPECT_EQ(record.head.state, v1::Message::ACCEPTED);
  EXPECT_EQ(record.head.attempts, 1);
  EXPECT_GT(record.head.accept_ms, 0);
  EXPECT_EQ(record.facts.masked_recipient(), "j***@example.com");
  EXPECT_EQ(record.facts.purpose(), "password_reset");
  EXPECT_EQ(record.facts.provider(), "gmail");
  EXPECT_EQ(record.live.ByteSizeLong(), 0U);
  EXPECT_THAT(record.sealed, IsEmpty());
  EXPECT_EQ(record.result.last_reply(), end.result.last_reply());
  EXPECT_GT(Life(keys_.Message(0, id)), absl::ToInt64Milliseconds(absl::Hours(71)));
  EXPECT_FALSE(View(id).score.has_value());
}

TEST_F(Settling, KeepsLongLabelsWhole) {
  JobOptions options;
  (*options.facts.mutable_labels())["note"] = std::string(300, 'n');
  options.live.set_skeleton(std::string(12, 's'));
  const std::string id = AddJob(options);
  EXPECT_EQ(Settle(End(ClaimOne().lease, v1::Message::FAILED)), Settled::kDone);
  EXPECT_EQ(View(id).record.facts.labels().at("note"), std::string(300, 'n'));
}

TEST_F(Settling, DefersWithItsSealAndTriesAgain) {
  const std::string id = AddJob();
  const Lease lease = ClaimOne().lease;
  EXPECT_EQ(Fence(lease), Fenced::kPass);
  Settlement retry = Retry(lease, absl::Seconds(60));
  retry.result.set_last_reply("451 4.7.1 Greylisted");
  retry.failure_class = v1::GREYLISTED;
  EXPECT_EQ(Settle(retry), Settled::kDone);
  const MessageView view = View(id);
  EXPECT_EQ(ShownState(view), v1::Message::DEFERRED);
  EXPECT_EQ(*NextAttempt(view), absl::FromUnixMillis(absl::ToUnixMillis(retry.visible)));
  EXPECT_FALSE(view.score->dot) << "settle clears the dot";
  EXPECT_EQ(view.record.head.failure_class, v1::GREYLISTED);
  Server().MoveClock(absl::Seconds(61));
  const LeasedJob again = ClaimOne();
  EXPECT_EQ(again.record.sealed, "sealed mail");
  EXPECT_EQ(again.record.result.last_reply(), "451 4.7.1 Greylisted");
  EXPECT_EQ(again.lost_leases, 0);
  retry.lease = again.lease;
  EXPECT_EQ(Settle(retry), Settled::kDone) << "a result of the same length, in place";
  EXPECT_EQ(Stored(id).sealed, "sealed mail");
  EXPECT_EQ(Stored(id).head.attempts, 2);
}

TEST_F(Settling, KnowsWhatWasSettledBefore) {
  AddJobs({}, 3);
  const std::vector<LeasedJob> jobs = Claim(3);
  const Settlement all[] = {End(jobs[0].lease, v1::Message::ACCEPTED), Retry(jobs[1].lease),
                            Release(jobs[2].lease)};
  for (const Settlement& one : all) EXPECT_EQ(Settle(one), Settled::kDone);
  for (const Settlement& one : all) EXPECT_EQ(Settle(one), Settled::kAlready);
  EXPECT_EQ(Stored(jobs[1].lease.id).head.attempts, 1);
  EXPECT_EQ(Stored(jobs[2].lease.id).head.settled, 1);
}

TEST_F(Settling, NeverCallsFailedWhatMayHaveArrived) {
  for (const State state :
       {v1::Message::FAILED, v1::Message::EXPIRED, v1::Message::BOUNCED, v1::Message::ACCEPTED}) {
    const std::string id = AddJob();
    Settlement doubt = Retry(ClaimOne().lease);
    doubt.uncertain = 1;
    EXPECT_EQ(Settle(doubt), Settled::kDone);
    EXPECT_EQ(Settle(End(ClaimOne().lease, state)), Settled::kDone);
    EXPECT_EQ(ShownState(View(id)), Ending(state, 1));
  }
}

TEST_F(Settling, KeepsTheSixteenNewestAttempts) {
  const std::string id = AddJob();
  for (int n = 1; n <= 20; ++n) {
    Settlement settlement = Retry(ClaimOne().lease);
    settlement.attempt_records.emplace_back().set_number(n);
    EXPECT_EQ(Settle(settlement), Settled::kDone);
  }
  const auto attempts = Run(peer_.messages.Attempts("acme", id)).value().value();
  ASSERT_THAT(attempts, SizeIs(16));
  EXPECT_EQ(attempts.front().number(), 5);
  EXPECT_EQ(attempts.back().number(), 20);
  EXPECT_GT(Life(keys_.Attempts(0, id)), 0);
  EXPECT_FALSE(Run(peer_.messages.Attempts("other", id)).value().has_value());
}

TEST_F(Settling, ABounceEndsThePendingVerificationOfThisMessageOnly) {
  for (const bool current : {true, false}) {
    const std::string id = AddJob();
    const std::string verification = BeginVerification(id, current ? id : "m00another");
    Settlement bounce = End(ClaimOne().lease, v1::Message::BOUNCED);
    bounce.verification_id = verification;
    EXPECT_EQ(Settle(bounce), Settled::kDone);
    const VerificationRecord after = Verification(verification);
    EXPECT_EQ(after.state, current ? v1::Verification::UNDELIVERABLE : v1::Verification::PENDING);
    EXPECT_EQ(after.revision, current ? 5 : 4);
  }
}

TEST_F(Settling, ABounceOfANewerMailEndsTheVerificationInTheRecordOfItsFirst) {
  const std::string first = AddJob();
  EXPECT_EQ(Settle(End(ClaimOne().lease, v1::Message::ACCEPTED)), Settled::kDone);
  const std::string newer = AddJob();
  const std::string verification = BeginVerification(first, newer);
  Settlement bounce = End(ClaimOne().lease, v1::Message::BOUNCED);
  bounce.verification_id = verification;
  EXPECT_EQ(Settle(bounce), Settled::kDone);
  EXPECT_EQ(Verification(verification).state, v1::Verification::UNDELIVERABLE);
  EXPECT_EQ(Verification(verification).message_id, newer);
  EXPECT_EQ(Stored(first).head.state, v1::Message::ACCEPTED);
  EXPECT_GT(Life(keys_.Message(0, first)), 0);
}

TEST_F(Settling, TellsTheEventsOfARecipientInOrder) {
  const std::string id = AddJob();
  EXPECT_EQ(Settle(Retry(ClaimOne().lease)), Settled::kDone);
  EXPECT_EQ(Settle(End(ClaimOne().lease, v1::Message::ACCEPTED)), Settled::kDone);
  const std::string events = Server().Call({"XRANGE", keys_.Events(0), "-", "+"});
  EXPECT_LT(events.find("\n3\n"), events.find("\n4\n")) << events;
}

TEST_F(Settling, TakesABatchOverAllShardsInItsOrder) {
  std::vector<Settlement> batch;
  for (int i = 0; i < 600; ++i) {
    JobOptions options;
    options.shard = i % kShards;
    AddJob(options);
  }
  for (int shard = 0; shard < kShards; ++shard) {
    for (const LeasedJob& job : Claim(256, MailClass::kCode, shard)) {
      batch.push_back(End(job.lease, v1::Message::ACCEPTED));
    }
  }
  ASSERT_THAT(batch, SizeIs(600));
  batch[77].lease.claims = 9;
  const std::vector<Settled> settled = Run(peer_.leases.Settle(batch)).value();
  ASSERT_THAT(settled, SizeIs(600));
  for (size_t i = 0; i < settled.size(); ++i) {
    EXPECT_EQ(settled[i], i == 77 ? Settled::kStale : Settled::kDone);
  }
}

}  // namespace
}  // namespace posthaste::queue
