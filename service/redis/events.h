// The log lines about connections to Redis, one function per event.
#pragma once

#include <string_view>

namespace posthaste::redis {

// A connection was greeted; `again` if there was one before.
void LogReady(std::string_view where, bool again);

// A connection that was ready is gone.
void LogLost(std::string_view where, std::string_view why);

// An attempt to connect failed. Called when the reason changes, not for each attempt.
void LogUnreachable(std::string_view where, std::string_view why);

}  // namespace posthaste::redis
