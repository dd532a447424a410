// Connecting to the first of several addresses that answers (RFC 8305, "Happy Eyeballs").
//
// A name has addresses of two families, and one of the families may lead nowhere without anybody
// saying so. Tried one after the other, a dead IPv6 costs every message the whole time for
// connecting; tried with a stagger of 250 ms, it costs 250 ms.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/task.h"

namespace posthaste::smtp {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

// How long an attempt has before the next begins beside it (RFC 8305 section 8).
inline constexpr std::chrono::milliseconds kStagger{250};
inline constexpr size_t kAddressesMax = 5;

// The order to try them in: the families take turns, beginning with that of the first; within a
// family the resolver's order (RFC 6724) stands. At most kAddressesMax. Pure.
Endpoints Interleave(const Endpoints& resolved);

// Begins with the first; the next begins when one has failed, or kStagger after the last began. The
// first connection that is made wins and every other is closed. UNAVAILABLE: all failed, and how
// the last one did; DEADLINE_EXCEEDED. REQUIRES: `endpoints` is not empty.
Task<absl::StatusOr<asio::ip::tcp::socket>> ConnectFirst(Loop& loop, Endpoints endpoints,
                                                         SteadyTime deadline);

// "192.0.2.1:25", "[2001:db8::1]:25"
std::string ToString(const asio::ip::tcp::endpoint& endpoint);

}  // namespace posthaste::smtp
