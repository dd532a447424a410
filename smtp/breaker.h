// Whether a relay may be used now. Pure: a value that events change, with the time as an argument.
//
// Closed (all may pass) → open (nobody, for 60 s, doubling to 30 min) → half-open (one probe) →
// closed, or open for longer. "Dead" is concluded from connecting and greeting only: a relay that
// lets us in but refuses a message is alive. A relay that refuses our credentials is suspended by
// the same means, for 5 min at first: nobody but an operator can mend that.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace posthaste::smtp {

class Breaker {
 public:
  enum class State : uint8_t { kClosed, kHalfOpen, kOpen, kSuspended };
  // What a failure weighs. A relay that cannot be reached is dead after 3 in a row; one that
  // answers the connection with a refusal (421) after 9, for behind one name there may be many
  // hosts of which one is unwell.
  enum class Failure : uint8_t { kUnreachable, kTurnedAway, kCredentials };

  struct Gate {
    bool pass = false;
    bool probe =
        false;  // Passing makes the caller the probe: it must say Began(), then how it went.
    SteadyTime retry_at{};  // If not `pass`: ask again then.
  };

  Gate Ask(SteadyTime now) const;
  void ProbeBegan(SteadyTime now);
  void ProbeAbandoned() { probing_ = false; }  // It ended without telling anything about the relay.
  void Succeeded();                            // A session was opened or a message accepted.
  void Failed(Failure failure, SteadyTime now);
  void Reset() { *this = Breaker(); }  // An operator changed the configuration.

  State StateAt(SteadyTime now) const;

 private:
  enum class Cause : uint8_t { kNone, kDead, kSuspended };
  void Open(Cause cause, SteadyTime now);

  Cause cause_ = Cause::kNone;
  int weight_ = 0;  // Of the failures in a row.
  SteadyTime open_until_{};
  std::chrono::seconds delay_{0};  // The last one; 0 = none since the last success.
  bool probing_ = false;
  SteadyTime probe_until_{};  // A probe that has not answered by then is given up.
};

}  // namespace posthaste::smtp
