// Tells the other processes how this one sends mail, and knows it of all of them: an operator sees
// the same on whichever process' page.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/task.h"
#include "service/delivery/report.h"
#include "service/queue/store.h"
#include "smtp/route.h"

namespace posthaste::delivery {

// `own` with what the other processes told, put into this process' time: Redis' clock tells how
// long ago they did, whatever theirs is. Bytes that cannot be read are left out.
Task<absl::StatusOr<Report>> TogetherWithOthers(queue::Store& store, Report own);

// Used on the store's loop. What it is given outlives it.
class Reporter {
 public:
  // `routes`: of the workers; empty where there are none. `slots_used`: jobs that this process
  // holds. `slots`: 0 without workers.
  Reporter(queue::Store& store, const absl::flat_hash_map<std::string, smtp::Route>& routes,
           std::function<int()> slots_used, int slots, const Clock& clock);

  // The workers' routes from now on.
  void SetRoutes(const absl::flat_hash_map<std::string, smtp::Route>& routes);

  // Tells the others, if there is something new or they would take this process for gone. Nothing
  // without workers; an error is left for the next time.
  Task<void> Tell();

  // Of all processes; of this one if Redis does not tell.
  Task<Report> All();
  // Of this one.
  Report Own() const;

 private:
  queue::Store& store_;
  const std::function<int()> slots_used_;
  const int slots_;
  const Clock& clock_;
  std::vector<OwnRelay> relays_;
  std::string told_;  // Without its time.
  absl::Time told_time_ = absl::InfinitePast();
};

}  // namespace posthaste::delivery
