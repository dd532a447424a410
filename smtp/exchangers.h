// Finds the hosts that take the mail of a recipient's domain, for direct relays.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/task.h"
#include "smtp/dns.h"
#include "smtp/relay.h"
#include "smtp/session.h"
#include "smtp/sites.h"

namespace posthaste::smtp {

struct Exchangers {
  std::vector<std::shared_ptr<Relay>> hosts;  // In the order to try them.
  // Without hosts: the attempt that this was. Bounced: the domain is not there, takes no mail, runs
  // in a circle, or leads only to addresses that are not allowed; else the relay failed (nobody
  // could say).
  Attempt failed;
};

// `domain` in A-labels. The host at `again_address` ("192.0.2.1:25") comes first, if it is among
// them. Until `deadline` at most.
using ExchangerFinder =
    std::function<Task<Exchangers>(std::shared_ptr<Relay> relay, std::string domain,
                                   std::string again_address, SteadyTime deadline)>;

struct ExchangerOptions {
  absl::Duration limit = absl::Seconds(10);  // For all the questions about one domain.
  size_t addresses_max = 5;                  // For one message, over all hosts.
};

// The real one. What it is given outlives it; `sites` is shared by all loops.
ExchangerFinder FindByDns(DnsLookUp look_up, std::shared_ptr<Sites> sites,
                          const ExchangerOptions& options, const Clock& clock, Random& random);

}  // namespace posthaste::smtp
