// Lets holds work in a worker: reads them each second, closes held relays, and wakes what was put
// off by a hold that is gone.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task.h"
#include "service/queue/store.h"
#include "service/worker/dispatch.h"

namespace posthaste::worker {

inline constexpr absl::Duration kHoldsEvery = absl::Seconds(1);

// One per worker; used on its loop only. What it is given outlives it.
class HoldKeeper {
 public:
  // `shared` may be given another value meanwhile.
  HoldKeeper(queue::Store& store, const std::shared_ptr<const Shared>& shared,
             std::vector<int> shards, const Clock& clock)
      : store_(store), shared_(shared), shards_(std::move(shards)), clock_(clock) {}

  // One look at the book; to be called every kHoldsEvery. While Redis is away what was known stays
  // in force.
  Task<void> Look();

  // Closes the relays that are held by what is known: where `shared` has become another.
  void CloseRelays();

 private:
  void OpenProbed();
  Task<void> Sweep(bool of_relays);

  queue::Store& store_;
  const std::shared_ptr<const Shared>& shared_;
  const std::vector<int> shards_;
  const Clock& clock_;
  std::map<std::string, absl::Time> probed_;  // By relay: the last probe that was heeded.
  int64_t removals_ = -1;                     // Of the book, when it was last looked at.
  int sweeps_left_ = 0;                       // Looks that still sweep, because a hold has gone.
  int look_ = 0;
};

}  // namespace posthaste::worker
