#include "service/queue/waker.h"

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

class WakerTest : public LeaseTest {
 protected:
  void SetUp() override {
    waker_ = Waker::Make(loop_, redis::UnixOptions(Server()), keys_, [this](int shard) {
               ++woken_[shard];
             }).value();
    ASSERT_TRUE(redis::RunUntil(loop_, [this] { return woken_[kShards - 1] == 1; }));
  }

  void ClaimArmed(int shard) {
    ASSERT_TRUE(Run(peer_.leases.Claim(shard, MailClass::kCode, 4, true))->jobs.empty());
  }

  int woken_[kShards] = {};
  std::unique_ptr<Waker> waker_;
};

TEST_F(WakerTest, WakesTheShardWhoseWorkersSleepAndOnce) {
  JobOptions options;
  options.shard = 2;
  AddJobs(options, 2);
  const std::vector<LeasedJob> jobs = Claim(2, MailClass::kCode, 2);
  ClaimArmed(2);
  for (const LeasedJob& job : jobs) EXPECT_EQ(Settle(Release(job.lease)), Settled::kDone);
  ASSERT_TRUE(redis::RunUntil(loop_, [this] { return woken_[2] == 2; }));
  Run(peer_.client->Call(redis::Command("PING"))).value();
  EXPECT_EQ(woken_[2], 2);
  EXPECT_EQ(woken_[1], 1);
  EXPECT_EQ(Server().Call({"EXISTS", keys_.Armed(2)}), "0");
}

TEST_F(WakerTest, SaysNothingOfJobsThatAreNotDueYet) {
  AddJob();
  const Lease lease = ClaimOne().lease;
  ClaimArmed(0);
  EXPECT_EQ(Settle(Retry(lease, absl::Seconds(60))), Settled::kDone);
  EXPECT_EQ(Server().Call({"EXISTS", keys_.Armed(0)}), "1");
}

TEST_F(WakerTest, IsNeverMissedWhenArmingAndReleasingRace) {
  Peer other(loop_, Server(), keys_);
  AddJob();
  Lease lease = ClaimOne().lease;
  for (int i = 0; i < 500; ++i) {
    const int before = woken_[0];
    std::vector<Settlement> release(1, Release(lease));
    // Both are on their way at once, over two connections.
    std::optional<absl::StatusOr<std::vector<Settled>>> settled;
    asio::co_spawn(loop_, other.leases.Settle(std::move(release)),
                   [&](std::exception_ptr, absl::StatusOr<std::vector<Settled>> answer) {
                     settled = std::move(answer);
                   });
    std::vector<LeasedJob> jobs = Run(peer_.leases.Claim(0, MailClass::kCode, 1, true))->jobs;
    if (jobs.empty()) {
      ASSERT_TRUE(redis::RunUntil(loop_, [&] { return woken_[0] > before; })) << i;
      ASSERT_TRUE(redis::RunUntil(loop_, [&] { return settled.has_value(); }));
      jobs = Claim();
    }
    ASSERT_EQ(jobs.size(), 1u);
    lease = jobs[0].lease;
    if (lease.claims < 500) continue;
    EXPECT_EQ(Settle(End(lease, v1::Message::FAILED)), Settled::kDone);
    AddJob();
    lease = ClaimOne().lease;
  }
}

TEST_F(WakerTest, WakesEverybodyAfterItsConnectionWasLost) {
  const int before = woken_[3];
  Server().Call({"CLIENT", "KILL", "TYPE", "pubsub"});
  EXPECT_TRUE(redis::RunUntil(loop_, [&] { return woken_[3] > before; }));
}

}  // namespace
}  // namespace posthaste::queue
