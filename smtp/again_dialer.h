// Dials a relay at the address where it greylisted a message, and anywhere if it is not there.
#pragma once

#include <string>

#include "base/clock.h"
#include "smtp/stream.h"

namespace posthaste::smtp {

class AgainDialer final : public Dialer {
 public:
  // `address`: "192.0.2.1:25" or "[2001:db8::1]:25"; anything else, or another port than Dial()'s,
  // is as if there were none. `inner` outlives it; its guard judges the address like any other.
  AgainDialer(Dialer& inner, std::string address, const Clock& clock)
      : inner_(inner), address_(std::move(address)), clock_(clock) {}

  // A third of what time is left for the address, and the rest for `host`.
  Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string& host, uint16_t port,
                                                     SteadyTime deadline) override;

 private:
  Dialer& inner_;
  const std::string address_;
  const Clock& clock_;
};

}  // namespace posthaste::smtp
