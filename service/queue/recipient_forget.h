// Forgetting what is stored of a recipient: messages, attempts, verifications, its mail that waits.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

struct ForgetRequest {
  std::string tenant;
  int shard = 0;
  std::string mailbox_hash;
};

struct ForgetAnswer {
  int64_t messages = 0;  // That were stored.
  int64_t under_way =
      0;  // Of these: a worker held them; those whose dot was sent may still arrive.
  bool suppressed = false;  // A suppression stands; of it only the keyed hash, cause and time stay.
};

// What the index by recipient knows: the last kHistoryMax messages and every current verification.
// Older records go with their retention (kRetention). Limits and wrong guesses stay until they
// lapse. In steps of at most 50 messages, each whole: interrupted, it is asked again. UNAVAILABLE:
// new mail for the recipient kept coming.
Task<absl::StatusOr<ForgetAnswer>> ForgetRecipient(redis::Client& redis, const Keys& keys,
                                                   ServerClock& clock, ForgetRequest request);

}  // namespace posthaste::queue
