// Holds on a real Redis: kept, read, struck out, and undone for the jobs that they had put off.
#include "service/queue/hold_book.h"

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

class HoldBookTest : public LeaseTest {
 protected:
  HoldBookTest() : book_(*peer_.client, keys_, peer_.clock) { Claim(); }

  Hold Make(const std::string& tenant = "acme", absl::Duration life = absl::Hours(1)) {
    Hold hold;
    hold.scope = HoldScope::kTenant;
    hold.target = tenant;
    hold.reason = "the relay asked us to";
    hold.creator = "ops-1";
    hold.create_time = peer_.clock.Now();
    hold.expire_time = hold.create_time + life;
    return Run(book_.Create(std::move(hold))).value();
  }
  void Read() { ASSERT_TRUE(Run(book_.Refresh()).ok()); }

  std::string Notice(const std::string& tenant = "acme") {
    JobOptions options;
    options.tenant = tenant;
    options.mail_class = MailClass::kNotice;
    options.deadline = absl::Hours(72);
    return AddJob(options);
  }
  LeasedJob ClaimNotice() {
    std::vector<LeasedJob> jobs;
    for (int i = 0; i < 3 && jobs.empty(); ++i) jobs = Claim(1, MailClass::kNotice);
    if (jobs.size() != 1) throw std::runtime_error("no notice to claim");
    return std::move(jobs.front());
  }
  Settlement HoldUntil(const Lease& lease, const Hold& hold) {
    Settlement settlement = Release(lease);
    settlement.kind = Settlement::Kind::kHold;
    settlement.visible = hold.expire_time;
    settlement.hold = hold.number;
    return settlement;
  }
  Score ScoreOf(const std::string& id) { return View(id).score.value(); }
  int64_t HeldJobs() { return std::stoll(Server().Call({"ZCARD", keys_.Held(0)})); }
  int Sweep() { return Run(book_.Sweep(0)).value(); }

  HoldBook book_;
};

TEST_F(HoldBookTest, ReadsBackWhatWasKept) {
  EXPECT_FALSE(book_.known());
  const Hold made = Make();
  EXPECT_EQ(made.number, 1);
  EXPECT_EQ(Make("globex").number, 2);
  Read();
  EXPECT_TRUE(book_.known());
  ASSERT_EQ(book_.holds().size(), 2u);
  const Hold& read = book_.holds().front();
  EXPECT_EQ(read.number, 1);
  EXPECT_EQ(read.scope, HoldScope::kTenant);
  EXPECT_EQ(read.target, "acme");
  EXPECT_EQ(read.reason, made.reason);
  EXPECT_EQ(read.creator, "ops-1");
  EXPECT_EQ(ToMillis(read.expire_time), ToMillis(made.expire_time));
  EXPECT_NE(book_.Find({"acme", MailClass::kCode, "", {}}), nullptr);
  EXPECT_EQ(book_.Find({"initech", MailClass::kCode, "", {}}), nullptr);
}

TEST_F(HoldBookTest, StrikesOutAndNeverUsesANumberTwice) {
  const Hold made = Make();
  EXPECT_EQ(Run(book_.Delete(made.number)).value().reason, made.reason);
  EXPECT_TRUE(absl::IsNotFound(Run(book_.Delete(made.number)).status()));
  EXPECT_EQ(Make().number, 2);
  Read();
  EXPECT_EQ(book_.removals(), 0) << "it had not been seen";
  Run(book_.Delete(2)).value();
  Read();
  EXPECT_EQ(book_.removals(), 1);
  EXPECT_TRUE(book_.holds().empty());
}

TEST_F(HoldBookTest, HasABoundThatEndedHoldsDoNotFill) {
  for (int i = 0; i < kHoldsMax; ++i) Make("t" + std::to_string(i), absl::Minutes(1));
  EXPECT_TRUE(absl::IsResourceExhausted(Run(book_.Create(Hold())).status()));
  Server().MoveClock(absl::Minutes(2));
  Claim();
  EXPECT_EQ(Make().number, kHoldsMax + 1);
  Read();
  EXPECT_EQ(book_.holds().size(), 1u);
}

TEST_F(HoldBookTest, KeepsWhatItKnowsWhileRedisIsAway) {
  Make();
  Read();
  peer_.client->Close();
  EXPECT_FALSE(Run(book_.Refresh()).ok());
  EXPECT_TRUE(book_.known());
  EXPECT_EQ(book_.holds().size(), 1u);
  EXPECT_EQ(book_.removals(), 0);
}

TEST_F(HoldBookTest, PutsAJobOffUntilItsHoldEndsAtNoCost) {
  const Hold hold = Make();
  const std::string id = Notice();
  const LeasedJob job = ClaimNotice();
  ASSERT_EQ(Settle(HoldUntil(job.lease, hold)), Settled::kDone);
  EXPECT_EQ(Settle(HoldUntil(job.lease, hold)), Settled::kAlready);
  EXPECT_EQ(Stored(id).head.state, v1::Message::QUEUED);
  EXPECT_EQ(Stored(id).head.attempts, 0);
  EXPECT_EQ(ScoreOf(id).visible_ms, ToMillis(hold.expire_time));
  EXPECT_EQ(HeldJobs(), 1);
  EXPECT_EQ(Run(peer_.housekeeping.StatsNow()).value().held, 1);
  EXPECT_TRUE(Claim(10, MailClass::kNotice).empty());
  Server().MoveClock(absl::Hours(1));
  const LeasedJob again = ClaimNotice();
  EXPECT_EQ(again.lost_leases, 0);
  ASSERT_EQ(Settle(End(again.lease, v1::Message::ACCEPTED)), Settled::kDone);
  EXPECT_EQ(HeldJobs(), 0) << "whatever settles it otherwise takes it out";
}

TEST_F(HoldBookTest, MakesJobsDueWhenTheirHoldIsGoneAndOnlyThose) {
  const Hold gone = Make("acme"), stays = Make("globex");
  const std::string freed = Notice("acme"), held = Notice("globex");
  for (int i = 0; i < 2; ++i) {
    const LeasedJob job = ClaimNotice();
    ASSERT_EQ(Settle(HoldUntil(job.lease, job.lease.tenant == "acme" ? gone : stays)),
              Settled::kDone);
  }
  Read();
  EXPECT_EQ(Sweep(), 0) << "both holds stand";
  EXPECT_EQ(Run(book_.HeldShards()).value(), (std::vector<bool>{true, false, false, false}));
  Run(book_.Delete(gone.number)).value();
  Read();
  EXPECT_EQ(Sweep(), 1);
  EXPECT_EQ(Sweep(), 0);
  const LeasedJob job = ClaimNotice();
  EXPECT_EQ(job.lease.id, freed);
  EXPECT_EQ(job.record.head.flags, 0);
  EXPECT_TRUE(Claim(10, MailClass::kNotice).empty());
  EXPECT_EQ(ToMillis(stays.expire_time), View(held, "globex").score->visible_ms);
  EXPECT_EQ(HeldJobs(), 1);
}

TEST_F(HoldBookTest, LeavesAlonePlacesThatJobsHaveFoundForThemselves) {
  const Hold hold = Make();
  const std::string deferred = Notice(), leased = Notice();
  Server().MoveClock(absl::Milliseconds(1));
  std::vector<LeasedJob> jobs;
  for (int i = 0; i < 2; ++i) jobs.push_back(ClaimNotice());
  for (const LeasedJob& job : jobs) Settle(HoldUntil(job.lease, hold));
  Server().MoveClock(absl::Hours(1));
  for (int i = 0; i < 2; ++i) {
    const LeasedJob job = ClaimNotice();
    if (job.lease.id == deferred) {
      ASSERT_EQ(Settle(Retry(job.lease, absl::Minutes(5))), Settled::kDone);
    }
  }
  Run(book_.Delete(hold.number)).value();
  Read();
  const int64_t retry_ms = ScoreOf(deferred).visible_ms;
  Sweep();
  EXPECT_EQ(ScoreOf(deferred).visible_ms, retry_ms) << "a relay asked for that time";
  EXPECT_TRUE(ScoreOf(leased).leased);
  EXPECT_EQ(HeldJobs(), 0);
}

TEST_F(HoldBookTest, EndsACancelledJobInsteadOfHoldingIt) {
  const Hold hold = Make();
  const std::string id = Notice();
  const LeasedJob job = ClaimNotice();
  ASSERT_EQ(Run(peer_.messages.Cancel("acme", id)).value(), Cancelled::kRequested);
  EXPECT_EQ(Settle(HoldUntil(job.lease, hold)), Settled::kCancelled);
  EXPECT_EQ(Stored(id).head.state, v1::Message::CANCELLED);
  EXPECT_EQ(HeldJobs(), 0);
}

TEST_F(HoldBookTest, RemembersWhenARelayPassedItsProbe) {
  ASSERT_TRUE(Run(book_.NoteProbe("mx1")).ok());
  Read();
  ASSERT_EQ(book_.probes().size(), 1u);
  EXPECT_NEAR(static_cast<double>(ToMillis(book_.probes().at("mx1"))),
              static_cast<double>(RedisNow()), 2000);
}

}  // namespace
}  // namespace posthaste::queue
