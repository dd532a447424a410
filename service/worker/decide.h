// Decides what becomes of a job after it was held. Pure: values in, a settlement out.
//
// The rules in one place: accepted and bounced end; deferred waits, unless the wait would outlive
// the message; doubt stays doubt (RFC 1047); what never reached a relay is given back as if it had
// not been claimed; a job that kills its workers is set aside.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "base/random.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/queue/queue.h"
#include "smtp/session.h"

namespace posthaste::worker {

// Why a job was held without an attempt being made, or that one was.
enum class Held {
  kTried,       // `attempts` tells.
  kDot,         // An earlier holder may have sent the dot: nothing was done.
  kExpired,     // The deadline had passed.
  kPoison,      // Too many holders died.
  kUnreadable,  // The sealed mail does not open, or cannot be composed.
  kNoRelay,     // Every relay is closed or busy until `not_before`.
  kNoKey,       // A key is missing here, which another worker, or this one later, may have.
  kHeld,        // An operator holds it: `hold`, until `not_before`.
  kStopping,    // This worker stops.
  kDecoy,       // It is not meant to be sent.
  kSuppressed,  // Its recipient was suppressed while it waited.
};

struct Report {
  Held held = Held::kTried;
  std::vector<smtp::Attempt> attempts;  // Oldest first; only the last may have sent a dot.
  absl::Time not_before = absl::InfinitePast();
  int64_t hold = 0;  // Its number.
};

struct UncertainPolicy {
  bool resend_codes = true, resend_others = true;
};

// `now` by Redis' clock.
queue::Settlement Decide(const queue::LeasedJob& job, const Report& report,
                         const UncertainPolicy& policy, absl::Time now, Random& random);

// One attempt as it is stored.
store::v1::AttemptRecord ToRecord(const smtp::Attempt& attempt, int number);

}  // namespace posthaste::worker
