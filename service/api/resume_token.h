// A place in a tenant's events, as its callers keep it: opaque, sealed and bound to the tenant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "service/queue/event_log.h"

namespace posthaste::api {

inline constexpr size_t kResumeTokenMax = 4096;  // Characters.

std::string SealCursor(const queue::EventCursor& cursor, std::string_view tenant,
                       std::string_view hash_key, Random& random);

// nullopt: not sealed by us for this tenant, or for another number of shards. REQUIRES: not "".
std::optional<queue::EventCursor> OpenCursor(std::string_view token, std::string_view tenant,
                                             std::string_view hash_key, int shards);

}  // namespace posthaste::api
