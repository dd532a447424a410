// Opens TCP connections to relays: name resolution and connecting, within one limit.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/address.hpp>

#include "smtp/stream.h"
#include "smtp/tls.h"

namespace posthaste::smtp {

// Addresses that are not of the public Internet (RFC 6890): loopback, private, link-local,
// unspecified, multicast, shared (RFC 6598), documentation, and IPv6 forms that contain such an
// IPv4 address.
bool IsPrivate(const asio::ip::address& address);

class TcpDialer final : public Dialer {
 public:
  // With `allow_private` false, names that resolve to IsPrivate() addresses are refused after
  // resolution: a relay's name must not become a way into our own network.
  TcpDialer(Loop& loop, std::shared_ptr<TlsClient> tls, bool allow_private);

  // At most 5 addresses, one after the other, in the resolver's order (RFC 6724); each gets an even
  // share of the time that is left. Not cancelled by Close(): bounded by `deadline` only.
  // FAILED_PRECONDITION = only private addresses.
  Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string& host, uint16_t port,
                                                     SteadyTime deadline) override;

 private:
  Loop& loop_;
  const std::shared_ptr<TlsClient> tls_;
  const bool allow_private_;
};

}  // namespace posthaste::smtp
