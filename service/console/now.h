// Gathers what the page Now shows, once for all who look.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "service/console/facts.h"
#include "service/queue/store.h"
#include "service/worker/dispatch.h"

namespace posthaste::console {

// Used on the store's loop. What it is given outlives it.
class NowSource {
 public:
  // `routes`: of the workers; empty where there are none. `redis`: why Redis is not ready, "" if it
  // is. `slots_used`: jobs that this process holds. `slots`: 0 without workers.
  NowSource(queue::Store& store, const absl::flat_hash_map<std::string, smtp::Route>& routes,
            std::function<std::string()> redis, std::function<int()> slots_used, int slots,
            const Clock& clock);

  // The workers' routes from now on.
  void SetRoutes(const absl::flat_hash_map<std::string, smtp::Route>& routes);

  // As NowJson. Answers within a few seconds, also while Redis is away.
  Task<std::string> Tell();

 private:
  Task<std::string> AskRedis();
  void Note(const std::string& trouble);

  queue::Store& store_;
  const std::function<std::string()> redis_;
  const std::function<int()> slots_used_;
  const int slots_;
  const Clock& clock_;
  struct Known {
    std::shared_ptr<smtp::Relay> relay;
    std::vector<std::string> tenants;
  };
  std::vector<Known> relays_;
  std::optional<absl::Time> trouble_since_;
};

}  // namespace posthaste::console
