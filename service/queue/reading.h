// Flight 1 of admission: what must be known before it can be decided what is sent.
#pragma once

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// One MGET, with the client limits and perhaps TIME beside it in one write; a second trip is made
// only if the group points at a verification and none was asked for by id. Also learns Redis' time,
// if that was not observed lately. See Admission::Read.
Task<absl::StatusOr<Known>> ReadKnown(redis::Client& redis, const Keys& keys, ServerClock& clock,
                                      const ReadRequest& request);

// Nothing if there is none (any more).
Task<absl::StatusOr<std::optional<VerificationRecord>>> ReadVerification(redis::Client& redis,
                                                                         const Keys& keys,
                                                                         const ServerClock& clock,
                                                                         int shard, std::string id);

}  // namespace posthaste::queue
