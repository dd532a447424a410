// How much of a relay's time we have asked for lately: the measure by which relays of equal rank
// share the mail.
//
// Shared by count, a slow relay beside a fast one would end up with every slot of ours (the "fatal
// attractor" of queues): it gets as many messages and keeps each for longer. Shared by time it gets
// as much time, and so fewer messages. A relay that refuses at once would then get nearly all of
// them, since a refusal takes no time: so a refusal is booked as a good while.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace posthaste::smtp {

// Not thread-safe; the Governor's lock guards it.
class BusyTime {
 public:
  // What a failure of the relay's is booked as: this, or a quarter of what is booked already. So
  // about thirty refusals outweigh twenty sessions that work.
  static constexpr double kFailureSeconds = 1, kFailureShare = 0.25;

  // Books the time up to `now`, in which `active` messages were on their way. Older time fades,
  // within about a minute. Called before `active` changes.
  void Advance(SteadyTime now, int active);
  void Ended() { ended_ += 1; }
  void Failed() { seconds_ += std::max(kFailureSeconds, seconds_ * kFailureShare); }

  // Seconds that were used lately, and those that `pending` messages (on their way or waiting) are
  // likely to take.
  double Seconds(int pending) const;

 private:
  SteadyTime at_{};
  double seconds_ = 0;  // Fading.
  double ended_ = 0;    // Messages, fading alike.
};

}  // namespace posthaste::smtp
