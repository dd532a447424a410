// What the attempt to send one message did last, and the way to end it from outside.
//
// Every wait of a session has a limit of its own, kept by the stream's timer. This is for the day
// on which one of them fails us: whoever watches ends a session in which nothing has moved for
// longer than any two of its limits, and lets go of its job. Ended before the dot the relay holds
// nothing, and the message goes on elsewhere; after it, nobody knows (RFC 1047).
#pragma once

#include <chrono>

#include "base/clock.h"
#include "smtp/phase.h"

namespace posthaste::smtp {

class Conversation;

// Of one message; used on one loop. Outlives the conversation's interest in it (Watched).
class Progress {
 public:
  explicit Progress(const Clock& clock) : clock_(clock), last_(clock.Steady()) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Something moved: a phase began, bytes came or went, another relay is tried.
  void Note() { last_ = clock_.Steady(); }
  SteadyTime last() const { return last_; }

  // Closes the connection on which the message is now, if it is on one: what waits there fails.
  void Abort();

 private:
  friend class Watched;
  const Clock& clock_;
  SteadyTime last_;
  Conversation* talk_ = nullptr;
};

// While it lives, what `talk` does is noted in `progress`, which may be null: nobody watches.
class Watched {
 public:
  Watched(Conversation& talk, Progress* progress);
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched();

 private:
  Conversation& talk_;
  Progress* const progress_;
};

// Without progress for so long, an attempt is stuck: twice the longest limit, 60 s at least.
std::chrono::nanoseconds StuckAfter(const PhaseLimits& limits);

}  // namespace posthaste::smtp
