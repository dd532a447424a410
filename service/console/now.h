// Gathers what the page Now shows, once for all who look.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/task.h"
#include "service/console/facts.h"
#include "service/delivery/reporter.h"
#include "service/queue/store.h"

namespace posthaste::console {

// Used on the store's loop. What it is given outlives it.
class NowSource {
 public:
  // `redis`: why Redis is not ready, "" if it is.
  NowSource(queue::Store& store, delivery::Reporter& reporter, std::function<std::string()> redis,
            const Clock& clock);

  // As NowJson. Answers within a few seconds, also while Redis is away.
  Task<std::string> Tell();

 private:
  Task<std::string> AskRedis();
  void Note(const std::string& trouble);

  queue::Store& store_;
  delivery::Reporter& reporter_;
  const std::function<std::string()> redis_;
  const Clock& clock_;
  std::optional<absl::Time> trouble_since_;
};

}  // namespace posthaste::console
