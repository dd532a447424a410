// The commands that run admit.lua, check.lua and take_limit.lua: requests as KEYS and ARGV. Pure.
#pragma once

#include <string_view>

#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/redis/command.h"

namespace posthaste::queue {

// `newest`: what the supersede group's newest message is thought to be, as admit.lua says it: class
// digit and id; "" = none. REQUIRES: request.id is a message's id of this installation.
redis::Command AdmitCall(const Keys& keys, const AdmitRequest& request, std::string_view newest);

redis::Command CheckCall(const Keys& keys, int shard, const CheckRequest& request);

redis::Command LimitCall(const RateLimit& limit);

}  // namespace posthaste::queue
