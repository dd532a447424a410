// A relay as one writes it on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace posthaste::sandbox {

struct RelayUrl {
  std::string host, username;
  uint16_t port = 0;
  bool implicit_tls = false;
  std::string password_file, ca_file;  // Not part of the URL.
};

// "smtps://USER@HOST[:465]" (TLS from the first byte) or "smtp://USER@HOST[:587]" (STARTTLS). USER
// may be left out, may hold "@" and percent escapes. No password: it would stand in the list of
// processes. INVALID_ARGUMENT says what is wrong.
absl::StatusOr<RelayUrl> ParseRelayUrl(std::string_view url);

}  // namespace posthaste::sandbox
