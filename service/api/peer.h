// Where a call comes from, read from gRPC's name of its peer.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::api {

// The IP address in "ipv4:192.0.2.7:4711" or "ipv6:%5B2001:db8::1%5D:4711"; a Unix socket is
// "127.0.0.1", for it is this machine. "" for anything else.
std::string AddressOfPeer(std::string_view peer);

}  // namespace posthaste::api
