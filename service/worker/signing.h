// Signs a message on a thread of its own kind: an RSA signature takes a millisecond, and a loop has
// other messages that wait.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "base/work_pool.h"
#include "smtp/dkim.h"

namespace posthaste::worker {

// What signs; the pool outlives the workers. Without keys nothing is signed.
struct Signing {
  std::shared_ptr<const smtp::DkimKeys> keys;
  WorkPool* pool = nullptr;
};

// How long a message may wait for its signatures. Longer: the pool has more than it can do.
inline constexpr absl::Duration kSigningLimit = absl::Seconds(10);

// Puts the signatures of `from_domain`'s keys before `message`, the same ones each time. OK also
// where it has no keys. Not OK: `message` is as it was; INVALID_ARGUMENT: it cannot be signed; all
// else: not now.
Task<absl::Status> Sign(Loop& loop, const Signing& signing, const std::string& from_domain,
                        absl::Time date, std::string& message);

}  // namespace posthaste::worker
