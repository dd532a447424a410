// What an answer means for a webhook, and when it is tried again. Pure.
//
// Events are told in order, so what fails is not set aside: everything behind it waits. An endpoint
// that is down is not in need of a new attempt each second, and one that is up again should not
// wait for hours: the waits grow from a second to ten minutes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/random.h"

namespace posthaste::webhooks {

// What came of one request.
struct Outcome {
  // Of the answer; 0 = there was none.
  int status = 0;
  // How long the receiver asked us to wait (Retry-After).
  std::optional<absl::Duration> retry_after;
  // What went wrong before an answer, in words; "" with an answer.
  std::string why;
};

enum class Verdict : uint8_t {
  kTaken,   // 2xx.
  kFailed,  // Again later.
  kGone,    // 410: the receiver wants no more.
};

Verdict Judge(const Outcome& outcome);

// "taken", "redirect", "refused", "gone", "unavailable", "no_answer": the closed set of a metric's
// label.
const char* WordOf(const Outcome& outcome);

// How long to wait after `failures` (≥ 1) in a row, with ±20 % of jitter; at least as long as the
// receiver asked for, up to an hour.
absl::Duration WaitAfter(int failures, const Outcome& last, Random& random);

}  // namespace posthaste::webhooks
