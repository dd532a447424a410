// Taking messages, and what goes with them: limits, verifications, supersede groups, checks of
// codes.
//
// Everything that touches a recipient's slot is one script (scripts/admit.lua, check.lua,
// cancel_verification.lua); here its arguments are packed and its answer is read. Policy is decided
// before, in codes/, from what Read returned; if that has changed meanwhile the answer is kMoved or
// kRetry, nothing was written, and the caller reads and decides again (at most 3 times). Every call
// may be repeated as it was: the same id is never taken twice.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/queue/server_clock.h"
#include "service/queue/turns.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// One per loop. The client must know the scripts (RegisterScripts); all three must outlive it.
class Admission {
 public:
  Admission(redis::Client& redis, const Keys& keys, ServerClock& clock)
      : redis_(redis), keys_(keys), clock_(clock) {}

  // Flight 1. All commands leave in one write; a second trip is made only if the group points at a
  // verification. The record's state is the stored one: SENDING shows only in its score. The client
  // limits are taken in the same flight, so a request that turns out to be a replay has taken from
  // them too, but is never refused by them; one that some of them refuse has taken from the others.
  Task<absl::StatusOr<Known>> Read(const ReadRequest& request);

  // Flight 2. Messages of one supersede group take turns within a loop. RESOURCE_EXHAUSTED: Redis
  // has no memory left. REQUIRES: the limits' names differ; the record's create_ms is the clock's
  // time.
  Task<absl::StatusOr<AdmitAnswer>> Admit(const AdmitRequest& request);

  Task<absl::StatusOr<CheckAnswer>> Check(const CheckRequest& request);

  // Nothing if there is no such verification (any more), or the id has no form of one. PENDING is
  // the stored state: StateAt.
  Task<absl::StatusOr<std::optional<VerificationRecord>>> GetVerification(std::string_view id);

  // Ends it CANCELLED if it is PENDING and withdraws its mail. kDone with the verification as it is
  // afterwards (one that had ended before is unchanged), kRetry, kNotFound; `result` means nothing.
  Task<absl::StatusOr<CheckAnswer>> CancelVerification(const CancelVerificationCall& call);

 private:
  Task<absl::StatusOr<std::optional<AdmitAnswer>>> TryAdmit(const AdmitRequest& request,
                                                            std::string& newest);

  redis::Client& redis_;
  const Keys& keys_;
  ServerClock& clock_;
  Turns turns_;  // By supersede group.
};

}  // namespace posthaste::queue
