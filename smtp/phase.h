// The steps of an SMTP session, in order. A failure is always told with the phase it happened in;
// what it means depends on it.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace posthaste::smtp {

enum class Phase : uint8_t {
  kConnect,   // Name resolution and TCP.
  kGreeting,  // The relay's 220 banner (RFC 5321 4.3.1).
  kEhlo,      // EHLO or HELO, and its capabilities.
  kStartTls,  // STARTTLS and the handshake (RFC 3207); the handshake of an implicit TLS port (RFC
              // 8314) too.
  kAuth,      // AUTH (RFC 4954).
  kMail,      // MAIL FROM.
  kRcpt,      // RCPT TO.
  kData,      // DATA up to the 354.
  kBody,  // The message up to, not including, the final dot. Lost here, the relay holds nothing.
  kDot,   // The final dot and its reply. Lost here, nobody knows (RFC 1047).
};
inline constexpr int kPhases = 10;

// Longest wait for each phase (RFC 5321 4.5.3.2 names the minima for relays; codes cannot wait that
// long, so ours are shorter but for the dot). Each is for the whole reply: a drip of bytes does not
// extend it.
struct PhaseLimits {
  absl::Duration connect = absl::Seconds(10), greeting = absl::Seconds(30),
                 ehlo = absl::Seconds(30), starttls = absl::Seconds(30), auth = absl::Seconds(30),
                 mail = absl::Seconds(60), rcpt = absl::Seconds(60), data = absl::Seconds(60),
                 body = absl::Seconds(180), dot = absl::Seconds(600);
};

// "connect", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot".
std::string_view PhaseName(Phase phase);

}  // namespace posthaste::smtp
