// Opens TCP connections to relays: name resolution and connecting, within one limit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "smtp/stream.h"
#include "smtp/tls.h"

namespace posthaste::smtp {

class TcpDialer final : public Dialer {
 public:
  // With `allow_private` false, names that resolve to addresses that are private or our own
  // (address_guard.h) are refused after resolution: a relay's name must not become a way into our
  // own network. `addresses`: who has resolved the name already gives what came of it, and nothing
  // is resolved here; Dial() with one of them as its host goes there only.
  TcpDialer(Loop& loop, std::shared_ptr<TlsClient> tls, bool allow_private,
            std::vector<asio::ip::address> addresses = {});

  // At most 5 addresses, side by side (eyeballs.h). Not cancelled by Close(): bounded by `deadline`
  // only. FAILED_PRECONDITION = only addresses that are not allowed.
  Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string& host, uint16_t port,
                                                     SteadyTime deadline) override;

 private:
  Loop& loop_;
  const std::shared_ptr<TlsClient> tls_;
  const bool allow_private_;
  const std::vector<asio::ip::address> addresses_;
};

}  // namespace posthaste::smtp
