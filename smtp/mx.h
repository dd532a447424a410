// What a domain's MX records say about where its mail goes (RFC 5321 section 5). Pure.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "smtp/dns.h"

namespace posthaste::smtp {

// Hosts that are looked at for one message: a domain with hundreds of them asks for work, not for
// mail.
inline constexpr size_t kMxHostsMax = 10;

struct MxHost {
  std::string name;  // Lower case, without the last dot.
  int preference = 0;
};

struct MxPlan {
  enum class Kind : uint8_t {
    kHosts,
    kNullMx,    // The domain takes no mail (RFC 7505).
    kNoDomain,  // There is no such domain.
    kLater,     // Nobody could say.
  };
  Kind kind = Kind::kLater;
  std::vector<MxHost> hosts;  // In the order to try them; kMxHostsMax at most.
};

// By preference, those of equal preference in any order. Without MX the domain is its own
// exchanger. Records that make no sense are as if they were not there.
MxPlan PlanMx(const std::string& domain, const DnsAnswer& mx, Random& random);

// The addresses of an answer for A or AAAA.
std::vector<boost::asio::ip::address> AddressesOf(const DnsAnswer& answer);

// The name in `wire`, which is a whole and uncompressed one: lower case, without the last dot; ""
// is the root. nullopt: there is none, or it has bytes that no host's name has.
std::optional<std::string> NameOf(std::string_view wire);

}  // namespace posthaste::smtp
