// How long to wait before connecting again: full jitter, so that a thousand clients of a restarted
// server do not come back in the same millisecond.
#pragma once

#include "absl/time/time.h"
#include "base/random.h"

namespace posthaste::redis {

class Backoff {
 public:
  // REQUIRES: 0 < base <= cap; `random` outlives this.
  Backoff(absl::Duration base, absl::Duration cap, Random& random)
      : base_(base), cap_(cap), random_(random) {}

  // Uniform in [0, min(cap, base * 2^n)) after n calls since Reset.
  absl::Duration Next();

  // A connection was good: start over.
  void Reset() { ceiling_ = absl::ZeroDuration(); }

 private:
  const absl::Duration base_;
  const absl::Duration cap_;
  Random& random_;
  absl::Duration ceiling_;  // Of the last wait; zero before the first.
};

}  // namespace posthaste::redis
