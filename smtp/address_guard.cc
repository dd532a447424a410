#include "smtp/address_guard.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace posthaste::smtp {
namespace {

namespace ip = boost::asio::ip;

bool IsPrivateV4(const ip::address_v4& address) {
  struct Range {
    uint32_t base;
    int bits;
  };
  static constexpr Range kRanges[] = {
      {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
      {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
      {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};
  const uint32_t bits = address.to_uint();
  return std::any_of(std::begin(kRanges), std::end(kRanges), [bits](const Range& range) {
    return (bits >> (32 - range.bits)) == (range.base >> (32 - range.bits));
  });
}

bool StartsWith(const ip::address_v6::bytes_type& bytes, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

ip::address_v4 V4At(const ip::address_v6::bytes_type& bytes, size_t at) {
  return ip::address_v4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

// ::ffff:192.0.2.1 reaches 192.0.2.1.
ip::address Plain(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return V4At(address.to_v6().to_bytes(), 12);
}

bool Has(const sockaddr& at, const ip::address& address) {
  if (at.sa_family == AF_INET && address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return std::memcmp(&reinterpret_cast<const sockaddr_in&>(at).sin_addr, bytes.data(),
                       bytes.size()) == 0;
  }
  if (at.sa_family == AF_INET6 && address.is_v6()) {
    const auto bytes = address.to_v6().to_bytes();
    return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(at).sin6_addr, bytes.data(),
                       bytes.size()) == 0;
  }
  return false;
}

}  // namespace

bool IsPrivate(const ip::address& address) {
  if (address.is_v4()) return IsPrivateV4(address.to_v4());
  const ip::address_v6 v6 = address.to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) return IsPrivateV4(V4At(bytes, 12));
  if (StartsWith(bytes, {0x00, 0x64, 0xFF, 0x9B})) return IsPrivateV4(V4At(bytes, 12));  // NAT64
  if (StartsWith(bytes, {0x20, 0x02})) return IsPrivateV4(V4At(bytes, 2));               // 6to4
  if (StartsWith(bytes, {0x20, 0x01, 0x0D, 0xB8})) return true;
  return (bytes[0] & 0xE0) != 0x20;  // Only 2000::/3 is handed out (RFC 4291 2.4).
}

bool IsOurs(const ip::address& address) {
  const ip::address plain = Plain(address);
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return false;
  bool found = false;
  for (const ifaddrs* each = interfaces; each != nullptr && !found; each = each->ifa_next) {
    found = each->ifa_addr != nullptr && Has(*each->ifa_addr, plain);
  }
  freeifaddrs(interfaces);
  return found;
}

}  // namespace posthaste::smtp
