// Greets a relay once, before anybody waits for a mail: name, TLS, password.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "posthaste/v1/message.pb.h"
#include "service/sandbox/relay_url.h"

namespace posthaste::sandbox {

struct RelayRefusal {
  std::string relay;  // "mail.example.com:465"
  std::string phase;  // "auth"
  std::string reply;  // The relay's words, or what happened instead.
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
};

// Connects, starts TLS and authenticates, within 20 seconds, and says goodbye. Nothing = the relay
// welcomes us. An error names the file that cannot be used.
absl::StatusOr<std::optional<RelayRefusal>> ProbeRelay(const RelayUrl& relay);

}  // namespace posthaste::sandbox
