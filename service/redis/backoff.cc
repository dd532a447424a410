#include "service/redis/backoff.h"

#include <algorithm>

namespace posthaste::redis {

absl::Duration Backoff::Next() {
  ceiling_ = ceiling_ == absl::ZeroDuration() ? base_ : std::min(cap_, 2 * ceiling_);
  return random_.Unit() * ceiling_;
}

}  // namespace posthaste::redis
