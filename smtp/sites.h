// The sites of direct delivery: exchangers that have their limits together, as relays.
//
// A site is a provider, or else the exchangers of a domain by name, whatever domains they serve: so
// ten thousand domains at one hoster get the sessions of one site. All its hosts have one Governor
// (sessions, rate, feedback, breaker); each host at its addresses is a Relay with sessions of its
// own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "smtp/relay.h"

namespace posthaste::smtp {

struct Exchanger {
  std::string name;
  std::vector<boost::asio::ip::address> addresses;  // Not empty.
};

// Thread-safe; one for all loops.
class Sites {
 public:
  // How many hosts are remembered: beyond it, those that nobody uses are forgotten, the longest
  // unused first, and with them what was learned about their sites.
  static constexpr size_t kHostsMax = 4096;

  explicit Sites(const Clock& clock) : clock_(clock) {}

  // The exchangers of `domain` as relays, in their order. `relay`: the direct relay whose settings
  // they have.
  std::vector<std::shared_ptr<Relay>> Hosts(const Relay& relay, std::string_view domain,
                                            const std::vector<Exchanger>& exchangers);

 private:
  struct Known {
    std::shared_ptr<Relay> relay;
    SteadyTime used;
  };
  std::shared_ptr<Governor> SiteOf(const RelayOptions& options, const std::string& site,
                                   std::string_view provider) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  absl::Mutex mutex_;
  std::map<std::string, Known> hosts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::weak_ptr<Governor>> sites_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace posthaste::smtp
