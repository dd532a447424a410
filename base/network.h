// IP networks in CIDR notation (RFC 4632, RFC 4291 2.3), for lists of who may come from where.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace posthaste {

struct IpNetwork {
  std::string bytes;  // 4 or 16, in network order; zeros beyond the prefix.
  int prefix = 0;     // Bits.
};

// The 4 or 16 bytes of an address in text; an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) is its
// IPv4 address. Nothing for what is no address.
std::optional<std::string> ParseIpAddress(std::string_view text);

// "10.0.0.0/8", "2001:db8::/32", or an address alone. Nothing for anything else, also for bits
// beyond the prefix: who writes them means something else.
std::optional<IpNetwork> ParseIpNetwork(std::string_view text);

// `address` as ParseIpAddress gives it. An address of the other family is never in the network.
bool Contains(const IpNetwork& network, std::string_view address);

}  // namespace posthaste
