// The worker of one loop: claims jobs of its shards, holds them, tries them and settles them.
//
// A message is a job; a job is leased, attempted and settled in exactly one way — before its
// deadline, or not at all.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/signal.h"
#include "base/task.h"
#include "service/queue/store.h"
#include "service/worker/dispatch.h"
#include "service/worker/hold_keeper.h"
#include "service/worker/settler.h"
#include "smtp/progress.h"
#include "smtp/sender.h"

namespace posthaste::worker {

// Used on its loop only. Everything that it is given outlives it, and it outlives what still runs
// on the loop after Stop().
class Worker {
 public:
  Worker(Loop& loop, queue::Store& store, smtp::Sender& sender,
         std::shared_ptr<const Shared> shared, std::vector<int> shards,
         const Clock& clock = SystemClock(), Random& random = SystemRandom());

  // Begins to claim. The worker's coroutines run until Stop().
  void Start();

  // From now on works with `shared`; what is under way ends with what it was begun with.
  void Use(std::shared_ptr<const Shared> shared);

  // Something may be due in `shard`: look now. Shards of other loops are ignored.
  void Wake(int shard);

  // Claims no more, finishes what is past its dot within the grace, gives the rest back at no cost,
  // says QUIT. Returns when nothing is held and nothing of the worker's runs, or a few seconds
  // after the grace: what is held then is left to its lease.
  Task<void> Stop();

  int held() const { return static_cast<int>(held_.size()); }

 private:
  struct Poll {  // One shard's poller.
    explicit Poll(Loop& loop) : signal(loop) {}
    int shard = 0;
    int turn = 0;
    bool wants_any = false;     // Had to leave jobs for want of any slot …
    bool wants_shared = false;  // … or of one that is not kept for codes.
    Signal signal;
  };
  using Token = std::pair<std::string,
                          int>;  // A job that was lost and claimed again is held twice for a while.
  struct Holding {
    queue::Lease lease;
    std::shared_ptr<smtp::Progress> progress;
    std::chrono::nanoseconds stuck_after{0};  // By the relays that it was begun with.
    bool told = false;                        // That it is.
  };

  void Spawn(Task<void> helper);
  Task<void> Help(Task<void> helper);
  Task<void> PollShard(Poll* poll);
  Task<absl::Duration> ClaimSome(Poll* poll);
  Task<void> Handle(queue::LeasedJob job);
  Task<void> Renew();
  bool Stuck(Holding& holding);
  Task<void> KeepHolds();
  Task<Report> Attempt(const queue::LeasedJob& job);
  int FreeSlots() const;
  int SharedSlots() const;
  void Hold(const queue::Lease& lease);
  void Release(const queue::Lease& lease);
  void OfferSlots();

  Loop& loop_;
  queue::Store& store_;
  smtp::Sender& sender_;
  std::shared_ptr<const Shared> shared_;
  const Clock& clock_;
  Random& random_;
  std::chrono::nanoseconds stuck_after_;
  Settler settler_;
  HoldKeeper holds_;
  std::vector<std::unique_ptr<Poll>> polls_;
  std::map<Token, Holding> held_;
  int held_others_ = 0;      // Of `held_`, those that are no codes.
  int reserved_ = 0;         // Slots that claims under way may fill …
  int reserved_shared_ = 0;  // … and that not only codes may.
  size_t next_offer_ = 0;    // The poller that is offered free slots first.
  int polling_ = 0;          // Pollers that have not ended.
  int helping_ = 0;          // Other coroutines that have not.
  bool stopping_ = false;
  bool over_ = false;  // Nothing that is held now will be let go in time.
  Signal idle_;        // Raised when something ends while stopping.
  Signal renew_;
  Signal look_;  // Ends KeepHolds' wait.
};

}  // namespace posthaste::worker
