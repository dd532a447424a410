// A tenant's way out: its relays, by rank, those of equal rank sharing the mail by weight.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "smtp/relay.h"

namespace posthaste::smtp {

struct RouteStep {
  std::shared_ptr<Relay> relay;
  int rank = 0;    // The lowest that can be had is used.
  int weight = 1;  // Of the sessions' time, among those of its rank (busy_time.h).
};
using Route = std::vector<RouteStep>;

// The relays in the order in which the next message should try them: by rank, within a rank first
// who has given us the least time for its weight. A message that was greylisted begins with
// `greylisted_by`, the id of a relay, whatever its rank, for only there its next attempt is its
// second (RFC 6647); "" for others.
std::vector<std::shared_ptr<Relay>> InOrder(const Route& route, std::string_view greylisted_by);

}  // namespace posthaste::smtp
