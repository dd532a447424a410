#include "service/queue/leases.h"

#include <set>

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Leasing : public LeaseTest {};

TEST_F(Leasing, ClaimsADueJobOnceWithItsRecord) {
  const std::string id = AddJob();
  const LeasedJob job = ClaimOne();
  EXPECT_EQ(job.lease.id, id);
  EXPECT_EQ(job.lease.claims, 1);
  EXPECT_EQ(job.lease.tenant, "acme");
  EXPECT_EQ(job.record.sealed, "sealed mail");
  EXPECT_EQ(job.lost_leases, 0);
  EXPECT_FALSE(job.dot);
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(ShownState(View(id)), v1::Message::SENDING);
}

TEST_F(Leasing, TellsWhenTheNextJobIsDue) {
  EXPECT_EQ(Run(peer_.leases.Claim(0, MailClass::kCode, 1, false))->next_due,
            absl::InfiniteFuture());
  JobOptions later;
  later.delay = absl::Minutes(2);
  AddJob(later);
  const absl::StatusOr<ClaimAnswer> answer = Run(peer_.leases.Claim(0, MailClass::kCode, 1, false));
  EXPECT_THAT(answer->jobs, IsEmpty());
  const absl::Duration wait = answer->next_due - FromMillis(RedisNow());
  EXPECT_GT(wait, absl::Seconds(110));
  EXPECT_LE(wait, absl::Minutes(2));
}

TEST_F(Leasing, TakesCodesFirstUnlessAskedOtherwise) {
  JobOptions general;
  general.mail_class = MailClass::kGeneral;
  AddJobs(general, 3);
  JobOptions notice;
  notice.mail_class = MailClass::kNotice;
  AddJobs(notice, 3);
  AddJobs({}, 3);
  Claim(1, MailClass::kNotice);                                 // Learns the lanes of notices,
  std::vector<LeasedJob> jobs = Claim(1, MailClass::kGeneral);  // and of general mail.
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].lease.mail_class, MailClass::kGeneral);
  jobs = Claim(5);
  ASSERT_THAT(jobs, SizeIs(5));
  EXPECT_EQ(jobs[2].lease.mail_class, MailClass::kCode);
  EXPECT_EQ(jobs[3].lease.mail_class, MailClass::kNotice);
  EXPECT_EQ(jobs[3].lease.tenant, "acme");
  jobs = Claim(2, MailClass::kGeneral);
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].lease.mail_class, MailClass::kGeneral);
  const absl::StatusOr<ClaimAnswer> only =
      Run(peer_.leases.Claim(0, MailClass::kCode, 5, false, true));
  EXPECT_THAT(only->jobs, IsEmpty());
}

TEST_F(Leasing, GivesALostLeaseToTheNextWithItsDotThroughTwoCrashes) {
  AddJob();
  EXPECT_EQ(Fence(ClaimOne().lease), Fenced::kPass);
  for (int crash = 1; crash <= 2; ++crash) {
    Server().MoveClock(absl::Seconds(29));
    EXPECT_THAT(Claim(), IsEmpty());
    Server().MoveClock(absl::Milliseconds(1500));
    const LeasedJob again = ClaimOne();
    EXPECT_TRUE(again.dot);
    EXPECT_EQ(again.lost_leases, crash);
  }
}

TEST_F(Leasing, RefusesAWorkerThatWasFrozenLongerThanItsLease) {
  const std::string id = AddJob();
  const Lease frozen = ClaimOne().lease;
  Server().MoveClock(absl::Seconds(31));
  const Lease present = ClaimOne().lease;
  EXPECT_EQ(Fence(frozen), Fenced::kLost);
  EXPECT_EQ(Settle(End(frozen, v1::Message::FAILED)), Settled::kStale);
  EXPECT_EQ(Settle(Retry(frozen)), Settled::kStale);
  EXPECT_EQ(ShownState(View(id)), v1::Message::SENDING);
  EXPECT_EQ(Settle(End(present, v1::Message::ACCEPTED)), Settled::kDone);
  EXPECT_EQ(Settle(End(frozen, v1::Message::ACCEPTED)), Settled::kStale);
}

TEST_F(Leasing, RenewKeepsALeaseAndPassesOverALostOne) {
  AddJobs({}, 2);
  const std::vector<LeasedJob> jobs = Claim(2);
  const std::vector<Lease> leases{jobs[0].lease, jobs[1].lease};
  Server().MoveClock(absl::Seconds(20));
  ASSERT_TRUE(Run(peer_.leases.Renew(leases)).ok());
  Server().MoveClock(absl::Seconds(20));
  EXPECT_THAT(Claim(2), IsEmpty());
  Server().MoveClock(absl::Seconds(11));
  const std::vector<LeasedJob> again = Claim(1);
  ASSERT_THAT(again, SizeIs(1));
  ASSERT_TRUE(Run(peer_.leases.Renew(leases)).ok());
  EXPECT_EQ(View(again[0].lease.id).score->claims, 2);
  EXPECT_THAT(Claim(2), IsEmpty()) << "the lease that ran out and that nobody took is held again";
}

TEST_F(Leasing, FenceOutlivesItsAnswer) {
  AddJob();
  const Lease lease = ClaimOne().lease;
  Server().MoveClock(absl::Seconds(25));
  EXPECT_EQ(Fence(lease), Fenced::kPass);
  Server().MoveClock(absl::Seconds(20));
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(Fence(lease), Fenced::kPass) << "asked again it answers the same";
}

TEST_F(Leasing, FenceRefusesWhatIsPastItsDeadline) {
  JobOptions brief;
  brief.deadline = absl::Seconds(10);
  AddJob(brief);
  const Lease lease = ClaimOne().lease;
  Server().MoveClock(absl::Seconds(11));
  EXPECT_EQ(Fence(lease), Fenced::kExpired);
  EXPECT_FALSE(View(lease.id).score->dot);
}

TEST_F(Leasing, HandsOverExpiredJobsToBeSettled) {
  JobOptions brief;
  brief.deadline = absl::Seconds(1);
  const std::string id = AddJob(brief);
  Server().MoveClock(absl::Seconds(2));
  EXPECT_EQ(Settle(End(ClaimOne().lease, v1::Message::EXPIRED)), Settled::kDone);
  EXPECT_EQ(ShownState(View(id)), v1::Message::EXPIRED);
}

TEST_F(Leasing, ParksWithItsSealWhatFiveWorkersLost) {
  JobOptions notice;
  notice.mail_class = MailClass::kNotice;
  notice.deadline = absl::Hours(72);
  const std::string id = AddJob(notice);
  LeasedJob job;
  for (int lost = 0; lost <= 5; ++lost) {
    job = ClaimOne();
    EXPECT_EQ(job.lost_leases, lost);
    Server().MoveClock(absl::Seconds(31));
  }
  EXPECT_EQ(Settle(Park(job.lease)), Settled::kDone);
  EXPECT_EQ(Settle(Park(job.lease)), Settled::kAlready);
  EXPECT_EQ(Stored(id).sealed, "sealed mail");
  EXPECT_EQ(Stored(id).head.settled, job.lease.claims) << "a redriven job starts with none lost";
  EXPECT_EQ(ShownState(View(id)), v1::Message::PARKED);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_F(Leasing, NeverParksACode) {
  const std::string id = AddJob();
  EXPECT_EQ(Settle(Park(ClaimOne().lease)), Settled::kDone);
  EXPECT_EQ(ShownState(View(id)), v1::Message::FAILED);
}

TEST_F(Leasing, RefusesTheOldTokenOfAJobReleasedAndClaimedInTheSameMillisecond) {
  AddJob();
  const Lease old = ClaimOne().lease;
  EXPECT_EQ(Settle(Release(old)), Settled::kDone);
  const LeasedJob again = ClaimOne();
  EXPECT_EQ(again.lost_leases, 0);
  EXPECT_EQ(again.record.head.attempts, 0);
  EXPECT_EQ(Fence(old), Fenced::kLost);
  EXPECT_EQ(Settle(End(old, v1::Message::ACCEPTED)), Settled::kStale);
  EXPECT_EQ(Fence(again.lease), Fenced::kPass);
}

TEST_F(Leasing, LeavesWhatANewerVersionWroteToAWorkerThatCanReadIt) {
  const std::string id = AddJob();
  const std::string record = Server().Call({"GET", keys_.Message(0, id)});
  Server().Call({"SETRANGE", keys_.Message(0, id), "0", "\x04"});
  for (int i = 0; i < 8; ++i) {
    const absl::StatusOr<ClaimAnswer> answer =
        Run(peer_.leases.Claim(0, MailClass::kCode, 8, false));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->unreadable, 1) << i;
    EXPECT_TRUE(Claim().empty()) << "it waits, and nobody holds it";
    Server().MoveClock(kNewerWait + absl::Milliseconds(1));
  }
  Server().Call({"SETRANGE", keys_.Message(0, id), "0", record.substr(0, 1)});
  const LeasedJob job = ClaimOne();
  EXPECT_EQ(job.lease.id, id);
  EXPECT_EQ(job.lost_leases, 0);
  EXPECT_EQ(job.record.sealed, "sealed mail");
}

TEST_F(Leasing, RepairsALaneWhoseRecordIsGoneOrHasEnded) {
  const std::string gone = AddJob();
  const std::string ended = AddJob();
  const std::string healthy = AddJob();
  Server().Call({"DEL", keys_.Message(0, gone)});
  Record record = Stored(ended);
  record.head.state = v1::Message::ACCEPTED;
  Store(ended, record);
  const absl::StatusOr<ClaimAnswer> answer = Run(peer_.leases.Claim(0, MailClass::kCode, 8, false));
  EXPECT_EQ(answer->repaired, 2);
  ASSERT_THAT(answer->jobs, SizeIs(1));
  EXPECT_EQ(answer->jobs[0].lease.id, healthy);
  EXPECT_EQ(Server().Call({"ZCARD", keys_.Lane(0, MailClass::kCode, "")}), "1");
}

TEST_F(Leasing, ArmsOnlyWhenNothingIsDue) {
  AddJob();
  Run(peer_.leases.Claim(0, MailClass::kCode, 1, true)).value();
  EXPECT_EQ(Server().Call({"EXISTS", keys_.Armed(0)}), "0");
  Run(peer_.leases.Claim(0, MailClass::kCode, 1, true)).value();
  EXPECT_EQ(Server().Call({"EXISTS", keys_.Armed(0)}), "1");
}

// Claims and gives back until the goal is reached; every job that is held is in `held` once.
Task<void> ClaimAndRelease(Peer* peer, int goal, int* claimed, std::set<std::string>* held,
                           int* doubles) {
  while (*claimed < goal) {
    absl::StatusOr<ClaimAnswer> answer =
        co_await peer->leases.Claim(0, MailClass::kCode, 32, false);
    if (!answer.ok()) throw std::runtime_error(answer.status().ToString());
    std::vector<Settlement> releases;
    for (const LeasedJob& job : answer->jobs) {
      *doubles += held->insert(job.lease.id).second ? 0 : 1;
      *claimed += 1;
      Settlement& release = releases.emplace_back();
      release.lease = job.lease;
      // A job has 511 claims; a late one ends and another takes its place.
      release.kind = job.lease.claims < 500 ? Settlement::Kind::kRelease : Settlement::Kind::kEnd;
      release.state = v1::Message::FAILED;
      release.visible = peer->clock.Now();
    }
    for (const Settlement& release : releases) held->erase(release.lease.id);
    if (releases.empty()) continue;
    const absl::StatusOr<std::vector<Settled>> settled =
        co_await peer->leases.Settle(std::move(releases));
    if (!settled.ok()) throw std::runtime_error(settled.status().ToString());
    for (const Settled one : *settled) *doubles += one == Settled::kDone ? 0 : 1;
  }
}

TEST_F(Leasing, NeverGivesOneLeaseToTwoWorkers) {
  AddJobs({}, 400);
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(std::make_unique<Peer>(loop_, Server(), keys_));
  int claimed = 0, doubles = 0, running = 0;
  std::set<std::string> held;
  for (const auto& peer : peers) {
    ++running;
    asio::co_spawn(loop_, ClaimAndRelease(peer.get(), 100'000, &claimed, &held, &doubles),
                   [&](std::exception_ptr error) {
                     EXPECT_EQ(error, nullptr);
                     --running;
                   });
  }
  loop_.restart();
  while (running > 0 && loop_.run_one_for(std::chrono::seconds(20)) > 0) {
  }
  EXPECT_EQ(running, 0);
  EXPECT_GE(claimed, 100'000);
  EXPECT_EQ(doubles, 0);
}

}  // namespace
}  // namespace posthaste::queue
