// Settles jobs in batches: while one batch is on its way to Redis, the next collects. A settlement is never dropped: while Redis is away it is
// offered again until it is taken or the lease is lost, which the script then says.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/signal.h"
#include "base/task.h"
#include "service/queue/leases.h"

namespace posthaste::worker {

class Settler {
 public:
  Settler(Loop& loop, queue::Leases& leases) : loop_(loop), leases_(leases), work_(loop) {}

  // What became of it; waits as long as it takes, but not longer than `kGiveUpAfter`: the lease is long lost by then.
  Task<absl::StatusOr<queue::Settled>> Settle(queue::Settlement settlement);

  // Runs until Stop() and nothing is left. Spawned once, or a few times for more batches under way.
  Task<void> Run();
  void Stop();

  static constexpr absl::Duration kGiveUpAfter = absl::Minutes(2);

 private:
  struct Waiting {
    explicit Waiting(Loop& loop) : done(loop) {}
    queue::Settlement settlement;
    absl::StatusOr<queue::Settled> answer = absl::UnavailableError("not settled");
    Signal done;
    bool finished = false;
  };
  using WaitingPtr = std::shared_ptr<Waiting>;

  Task<void> Offer(std::vector<WaitingPtr> batch);

  Loop& loop_;
  queue::Leases& leases_;
  Signal work_;
  std::deque<WaitingPtr> queue_;
  bool stopping_ = false;
};

}  // namespace posthaste::worker
