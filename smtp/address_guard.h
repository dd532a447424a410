// Which addresses a relay's name may lead us to.
//
// A name is somebody else's word: whoever owns it decides where it points, also into our own
// network (server-side request forgery) or back to ourselves (a mail loop). So addresses are judged
// after resolution and just before connecting, never names.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace posthaste::smtp {

// Addresses that are not of the public Internet (RFC 6890): loopback, private, link-local,
// unspecified, multicast, shared (RFC 6598), documentation, and IPv6 forms that contain such an
// IPv4 address.
bool IsPrivate(const boost::asio::ip::address& address);

// Whether one of this machine's interfaces has it. What a translating router shows to the world
// cannot be known here.
bool IsOurs(const boost::asio::ip::address& address);

// Neither private nor ours.
inline bool MayConnect(const boost::asio::ip::address& address) {
  return !IsPrivate(address) && !IsOurs(address);
}

}  // namespace posthaste::smtp
