// Settles jobs in batches: while one batch is on its way to Redis, the next collects. A settlement
// is never dropped: while Redis is away it is offered again until it is taken or the lease is lost,
// which the script then says.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/signal.h"
#include "base/task.h"
#include "service/queue/leases.h"

namespace posthaste::worker {

// Used on its loop only; outlives what runs on it.
class Settler {
 public:
  // `give_up`: how long a settlement is offered at most; the lease is long lost by then.
  Settler(Loop& loop, queue::Leases& leases, const Clock& clock,
          absl::Duration give_up = absl::Minutes(2))
      : loop_(loop), leases_(leases), clock_(clock), give_up_(give_up) {}

  // What became of it; an error when Redis did not take it within the limit, refused this very
  // settlement, or the settler was stopped.
  Task<absl::StatusOr<queue::Settled>> Settle(queue::Settlement settlement);

  // Runs until Stop() and nothing is left. Spawned once, or a few times for more batches under way.
  Task<void> Run();

  // What waits is asked once more and then given up.
  void Stop();

 private:
  struct Waiting {
    explicit Waiting(Loop& loop) : done(loop) {}
    queue::Settlement settlement;
    SteadyTime give_up;
    absl::StatusOr<queue::Settled> answer = absl::UnavailableError("not settled");
    Signal done;
    bool finished = false;
  };
  using WaitingPtr = std::shared_ptr<Waiting>;
  using Batch = std::vector<WaitingPtr>;

  Batch Take();
  Task<void> Offer(Batch batch);
  Task<absl::Status> Ask(const Batch& batch);
  static void Finish(Waiting& waiting, absl::StatusOr<queue::Settled> answer);

  Loop& loop_;
  queue::Leases& leases_;
  const Clock& clock_;
  const absl::Duration give_up_;
  std::deque<WaitingPtr> queue_;
  std::vector<Signal*> idle_;  // Of Run()s that have nothing to do.
  bool stopping_ = false;
};

}  // namespace posthaste::worker
