// Telling those who watch that a message changed. One per process, on one loop.
//
// Every change is a line in its shard's stream (scripts/lib_event.lua). While somebody listens, all
// streams are read every 50 ms in one pipelined, non-blocking round, and each line goes into the
// queues of those whom it concerns; while nobody does, nothing runs. A subscriber that does not
// keep up is told to read the present state again: it misses lines, never the outcome.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/record.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr absl::Duration kTailEvery = absl::Milliseconds(50);

struct Event {
  int shard = 0;
  std::string position;  // Its id in the shard's stream: grows, and survives a restart.
  std::string tenant;
  std::string id;  // Of a message or a verification.
  int state = 0;   // posthaste.v1.Message.State or .Verification.State.
};

class EventTailer {
 public:
  class Subscription;

  // Both must outlive this.
  EventTailer(Loop& loop, redis::Client& client, const Keys& keys);
  ~EventTailer();  // Subscriptions end.
  EventTailer(const EventTailer&) = delete;
  EventTailer& operator=(const EventTailer&) = delete;

  // From when this answers, nothing that happens to `id` of `tenant` ("" = to anything of it) is
  // missed: subscribe, then read, then follow. At most `queued_max` events wait. UNAVAILABLE: Redis
  // is away.
  Task<absl::StatusOr<std::unique_ptr<Subscription>>> Subscribe(std::string tenant, std::string id,
                                                                size_t queued_max);

  bool running() const;

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

// What one subscriber hears. Used from the tailer's loop; ends the subscription when it goes.
class EventTailer::Subscription {
 public:
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  struct News {
    std::vector<Event> events;  // Oldest first within a shard; none when the limit passed.
    bool reread = false;        // Some were dropped: read the present state.
    bool ended = false;         // The tailer is gone: nothing will come any more.
  };
  // Waits for something, at most `limit`. REQUIRES: one waits at a time.
  Task<News> Next(absl::Duration limit);

 private:
  friend class EventTailer;
  struct State;
  explicit Subscription(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace posthaste::queue
