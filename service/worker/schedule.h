// When a message is tried again. Pure: a function of the class, what happened so far and the time
// that is left.
//
// Codes live ten minutes, so their schedule begins in seconds; no common relay's does (KumoMTA's
// first retry is after 20 minutes, Postfix' after 5). All times carry ±20 % jitter, so that what
// failed together does not come back together.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "base/random.h"
#include "service/queue/keys.h"
#include "smtp/outcome.h"

namespace posthaste::worker {

// A code with less life than this left is of no use to who waits for it; of one that lives for less
// than two minutes, half its life.
inline constexpr absl::Duration kMinUsefulTime = absl::Seconds(60);

struct Lifetime {
  absl::Time begin, deadline;
};

// The time of the next attempt after `attempts` of them (≥ 1), or nullopt if it would come too late
// to be of use. Greylisting (RFC 6647) is waited out: 60 to 300 s.
std::optional<absl::Time> NextAttempt(queue::MailClass mail_class, int attempts,
                                      smtp::FailureClass why, absl::Time now, const Lifetime& life,
                                      Random& random);

// The time of a second sending after an attempt that ended in doubt, when `uncertain` of them have
// (≥ 1): codes once, others twice, after at least a minute. nullopt = no more.
std::optional<absl::Time> NextAfterDoubt(queue::MailClass mail_class, int uncertain, absl::Time now,
                                         const Lifetime& life, Random& random);

// How long a job is left alone that was given back untried, when it has been claimed so often:
// every relay is closed or busy, or a key is missing. Within 30 s for the first half hour and
// within 5 minutes for four hours, then less and less often, so that the claims of a job
// (queue::kClaimsMax) outlast the 72 hours that mail lives: whoever spends them is parked as
// poison.
absl::Duration GivenBackFor(int claims);

}  // namespace posthaste::worker
