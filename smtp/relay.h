// A relay: a host that takes our mail on (a smarthost), and what we know about it. One object per
// relay, shared by all loops.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/clock.h"
#include "smtp/governor.h"
#include "smtp/session.h"

namespace posthaste::smtp {

struct RelayOptions {
  std::string id;    // For logs and metrics; of a closed set.
  std::string host;  // Name or address.
  uint16_t port = 587;
  SessionOptions
      session;          // `relay` and an empty `tls_name` are filled in from the id and the host.
  std::string ca_file;  // PEM; empty = the system's authorities.
  bool allow_private =
      false;  // Whether `host` may resolve to an address that is not public (dialer.h).
  GovernorLimits limits;
  int transactions_max = 100;                   // Messages on one connection.
  absl::Duration idle_max = absl::Seconds(30);  // Many relays close after 60 s or less.
  absl::Duration age_max = absl::Minutes(10);   // So that a change of address is noticed.
  int waiters_max = 1000;                       // Messages that wait for a session, per loop.
  absl::Duration wait_max = absl::Seconds(2);   // How long; then the next relay, or "busy".
};

// Thread-safe. The options never change: another configuration is another Relay, so sessions that
// were opened under one address, TLS policy, name or credential are never used under another.
class Relay {
 public:
  Relay(RelayOptions options, const Clock& clock)
      : options_(Complete(std::move(options))), governor_(options_.id, options_.limits, clock) {}

  const RelayOptions& options() const { return options_; }
  Governor& governor() { return governor_; }

 private:
  static RelayOptions Complete(RelayOptions options) {
    options.session.relay = options.id;
    if (options.session.tls_name.empty()) options.session.tls_name = options.host;
    return options;
  }

  const RelayOptions options_;
  Governor governor_;
};

}  // namespace posthaste::smtp
