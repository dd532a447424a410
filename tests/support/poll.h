// Waiting for something outside this process, which cannot wake us.
#pragma once

#include <chrono>
#include <thread>

#include "absl/time/time.h"

namespace posthaste {

// Asks `done` at once and then every other millisecond, until it says true or the limit has passed.
// Returns its last answer.
template <typename Done>
bool PollUntil(absl::Duration limit, Done done) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace posthaste
