// Lets a few streams of events read at a time on one loop. Each round is a command for each shard
// on the connection that all calls of the loop share; a thousand streams that wake at once would
// fill its queue, and every other call would be refused.
#pragma once

#include <memory>

#include "base/task.h"

namespace posthaste::queue {

// Used on its loop only.
class ReadGate {
 public:
  static constexpr int kPlaces = 32;

  explicit ReadGate(Loop& loop);
  ~ReadGate();  // Whoever waits is not called any more.
  ReadGate(const ReadGate&) = delete;
  ReadGate& operator=(const ReadGate&) = delete;

  // A place behind the gate, given back when this goes.
  class Pass {
   public:
    Pass(Pass&&) = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass();

   private:
    friend class ReadGate;
    struct State;
    explicit Pass(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  // In the order in which they came. Waits as long as those behind the gate take; REQUIRES: what
  // they await there has a limit.
  Task<Pass> Enter();

 private:
  const std::shared_ptr<Pass::State> state_;
};

}  // namespace posthaste::queue
