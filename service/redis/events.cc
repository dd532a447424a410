#include "service/redis/events.h"

#include "base/log.h"

namespace posthaste::redis {

void LogReady(std::string_view where, bool again) {
  log::Emit(log::Level::kInfo, "redis_ready", {{"server", where}, {"again", again}});
}

void LogLost(std::string_view where, std::string_view why) {
  log::Emit(log::Level::kWarning, "redis_lost", {{"server", where}, {"why", why}});
}

void LogUnreachable(std::string_view where, std::string_view why) {
  log::Emit(log::Level::kWarning, "redis_unreachable", {{"server", where}, {"why", why}});
}

}  // namespace posthaste::redis
