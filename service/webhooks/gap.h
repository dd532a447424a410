// Events that went before a webhook could be told them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "posthaste/v1/event_service.pb.h"
#include "service/queue/webhook_ledger.h"

namespace posthaste::webhooks {

struct Gap {
  v1::Event event;     // What the receiver is told of it; the same as long as it is the same gap.
  queue::Marks after;  // Behind it.
  int shards = 0;      // In which something may be missing.
};

// nullopt: everything behind `marks` is there. `kept`: by shard.
std::optional<Gap> FindGap(const queue::Marks& marks, int64_t now_ms,
                           const std::vector<queue::Kept>& kept);

}  // namespace posthaste::webhooks
