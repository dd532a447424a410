#include "service/ops/console/events.h"

#include <string>

#include "base/log.h"
#include "smtp/transcript.h"

namespace posthaste::ops {

void LoggedIn(std::string_view key, std::string_view source, bool good) {
  log::Emit(good ? log::Level::kInfo : log::Level::kWarning, "console_login",
            {{"key", key}, {"source", source}, {"good", good}});
}

void Acted(std::string_view action, std::string_view key, std::string_view reason,
           std::string_view request, const absl::Status& status) {
  const std::string_view why(status.message().data(), status.message().size());
  const std::string told = smtp::RedactAddresses(reason);
  log::Emit(log::Level::kInfo, "console_action",
            {{"action", action},
             {"key", key},
             {"reason", std::string_view(told)},
             {"request", request},
             {"done", status.ok()},
             {"why", why}});
}

}  // namespace posthaste::ops
