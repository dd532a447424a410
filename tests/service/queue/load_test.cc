// A running load while Redis forgets scripts and cuts connections: nothing is lost, nothing is done
// twice.

#include <map>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

struct Ledger {
  std::map<std::string, int> passed;   // Dots that were allowed, by job.
  std::map<std::string, int> settled;  // Settlements that took effect or stood already.
};

// A worker that takes every error as "nobody knows" and does what worker.cc does: settles again
// until it hears, and gives back what it could not fence.
Task<void> Work(Peer* peer, int shard, size_t goal, Ledger* ledger) {
  while (ledger->settled.size() < goal) {
    const absl::Status ready = co_await peer->client->WaitReady(absl::Seconds(5));
    if (!ready.ok()) continue;
    absl::StatusOr<ClaimAnswer> answer =
        co_await peer->leases.Claim(shard, MailClass::kCode, 16, false);
    if (!answer.ok()) continue;
    std::vector<Settlement> settlements;
    for (const LeasedJob& job : answer->jobs) {
      Settlement settlement;
      settlement.lease = job.lease;
      settlement.kind = Settlement::Kind::kEnd;
      settlement.state = v1::Message::UNCERTAIN;
      if (!job.dot) {
        const absl::StatusOr<Fenced> fenced = co_await peer->leases.StartFence(job.lease).Wait();
        if (fenced.ok() && *fenced == Fenced::kLost) continue;
        settlement.state = v1::Message::ACCEPTED;
        if (fenced.ok()) ++ledger->passed[job.lease.id];
        if (!fenced.ok()) settlement.kind = Settlement::Kind::kRelease;
        settlement.visible = peer->clock.Now();
      }
      settlements.push_back(settlement);
    }
    bool heard = settlements.empty();
    while (!heard) {
      const absl::Status back = co_await peer->client->WaitReady(absl::Seconds(5));
      std::vector<Settlement> copy = settlements;
      const absl::StatusOr<std::vector<Settled>> settled =
          co_await peer->leases.Settle(std::move(copy));
      heard = back.ok() && settled.ok();
      for (size_t i = 0; heard && i < settled->size(); ++i) {
        const bool ended = settlements[i].kind == Settlement::Kind::kEnd;
        if (ended && (*settled)[i] != Settled::kStale) ++ledger->settled[settlements[i].lease.id];
      }
    }
  }
}

class Load : public LeaseTest {};

TEST_F(Load, LosesNothingWhenScriptsAreFlushedAndConnectionsKilled) {
  constexpr int kJobs = 2000;
  for (int shard = 0; shard < 2; ++shard) {
    JobOptions options;
    options.shard = shard;
    options.deadline = absl::Hours(1);
    AddJobs(options, kJobs / 2);
  }
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(std::make_unique<Peer>(loop_, Server(), keys_));
  Ledger ledger;
  int running = 0;
  for (size_t i = 0; i < peers.size(); ++i) {
    ++running;
    asio::co_spawn(loop_, Work(peers[i].get(), static_cast<int>(i % 2), kJobs, &ledger),
                   [&](std::exception_ptr error) {
                     EXPECT_EQ(error, nullptr);
                     --running;
                   });
  }
  loop_.restart();
  int blows = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (running > 0 && std::chrono::steady_clock::now() < end) {
    loop_.run_for(std::chrono::milliseconds(15));
    if (loop_.stopped()) loop_.restart();
    if (++blows < 40 && blows % 2 == 0) Server().Call({"SCRIPT", "FLUSH"});
    if (blows < 40 && blows % 2 == 1) Server().Call({"CLIENT", "KILL", "TYPE", "normal"});
    // A claim whose answer was lost comes back when its lease is over.
    if (blows % 40 == 0) Server().MoveClock(absl::Seconds(31));
  }
  EXPECT_EQ(running, 0) << ledger.settled.size() << " of " << kJobs;
  EXPECT_EQ(ledger.settled.size(), static_cast<size_t>(kJobs));
  for (const auto& [id, dots] : ledger.passed) EXPECT_EQ(dots, 1) << id;
  for (const auto& [id, times] : ledger.settled) EXPECT_EQ(times, 1) << id;
  for (int shard = 0; shard < 2; ++shard) {
    EXPECT_EQ(Server().Call({"ZCARD", keys_.Lane(shard, MailClass::kCode, "")}), "0");
  }
}

}  // namespace
}  // namespace posthaste::queue
