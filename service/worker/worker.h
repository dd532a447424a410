// The worker of one loop: claims jobs of its shards, holds them, tries them and settles them.
//
// A message is a job; a job is leased, attempted and settled in exactly one way — before its deadline, or not at all.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/signal.h"
#include "base/task.h"
#include "service/queue/store.h"
#include "service/worker/dispatch.h"
#include "service/worker/settler.h"
#include "smtp/sender.h"

namespace posthaste::worker {

// Used on its loop only. Everything that it is given outlives it.
class Worker {
 public:
  Worker(Loop& loop, queue::Store& store, smtp::Sender& sender, const Shared& shared, std::vector<int> shards,
         const Clock& clock = SystemClock(), Random& random = SystemRandom());

  // Begins to claim. The worker's coroutines run until Stop().
  void Start();

  // Something may be due in `shard`: look now. Shards of other loops are ignored.
  void Wake(int shard);

  // Claims no more, finishes what is past its dot within the grace, gives the rest back at no cost, says QUIT. Returns when
  // nothing is held.
  Task<void> Stop();

  int held() const { return static_cast<int>(held_.size()); }

 private:
  struct Poll {                    // One shard's poller.
    explicit Poll(Loop& loop) : signal(loop) {}
    int shard = 0;
    int turn = 0;
    bool wants_any = false;        // Had to leave jobs for want of any slot …
    bool wants_shared = false;     // … or of one that is not kept for codes.
    Signal signal;
  };
  struct Holding {
    queue::Lease lease;
    SteadyTime since;
  };

  Task<void> PollShard(Poll* poll);
  Task<absl::Duration> ClaimSome(Poll* poll);
  Task<void> Handle(queue::LeasedJob job);
  Task<void> Renew();
  Task<Report> Attempt(const queue::LeasedJob& job);
  int FreeSlots() const;
  int SharedSlots() const;
  void Release(const std::string& id);
  void OfferSlots();

  Loop& loop_;
  queue::Store& store_;
  smtp::Sender& sender_;
  const Shared& shared_;
  const Clock& clock_;
  Random& random_;
  Settler settler_;
  std::vector<std::unique_ptr<Poll>> polls_;
  std::map<std::string, Holding> held_;
  int reserved_ = 0;               // Slots that claims under way may fill.
  int running_ = 0;                // Pollers that have not ended.
  bool stopping_ = false;
  Signal idle_;                    // Raised when a job is let go while stopping.
  Signal renew_;
};

}  // namespace posthaste::worker
