// A relay: a host that takes our mail on (a smarthost, or an exchanger of the recipient's domain),
// and what we know about it. One object per relay, shared by all loops.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "absl/time/time.h"
#include "base/clock.h"
#include "smtp/governor.h"
#include "smtp/session.h"

namespace posthaste::smtp {

// Limits that a provider's site has in place of its relay's. 0 = the relay's.
struct ProviderLimits {
  int sessions_max = 0, transactions_max = 0;
  double messages_per_second = 0;
};

struct RelayOptions {
  std::string id;    // For logs and metrics; of a closed set.
  std::string host;  // Name or address.
  // Where `host` is, if whoever made the options has looked it up (at most 5); empty = look it up.
  std::vector<boost::asio::ip::address> addresses;
  // No host: the exchangers of the recipient's domain take its place (exchangers.h).
  bool direct = false;
  std::map<std::string, ProviderLimits> providers;  // Of a direct one, by provider (provider.h).
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
      : options_(Complete(std::move(options))),
        governor_(std::make_shared<Governor>(options_.id, options_.limits, clock)) {}
  // One of several hosts of a site, which have their limits together.
  Relay(RelayOptions options, std::shared_ptr<Governor> site)
      : options_(Complete(std::move(options))), governor_(std::move(site)) {}

  const RelayOptions& options() const { return options_; }
  Governor& governor() { return *governor_; }

 private:
  static RelayOptions Complete(RelayOptions options) {
    options.session.relay = options.id;
    if (options.session.tls_name.empty()) options.session.tls_name = options.host;
    return options;
  }

  const RelayOptions options_;
  const std::shared_ptr<Governor> governor_;
};

}  // namespace posthaste::smtp
