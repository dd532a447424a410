// From the configuration to the options of each part.
#pragma once

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/work_pool.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/codes/policy.h"
#include "service/redis/info.h"
#include "service/redis/options.h"
#include "service/worker/dispatch.h"
#include "smtp/dkim.h"
#include "smtp/dns.h"
#include "smtp/exchangers.h"
#include "smtp/relay.h"

namespace posthaste {

// Errors name the setting and the file.
absl::StatusOr<redis::ClientOptions> RedisOptionsOf(const config::v1::Redis& config);
redis::Durability DurabilityOf(const config::v1::Redis& config);

using RelayMap = absl::flat_hash_map<std::string, std::shared_ptr<smtp::Relay>>;

// By id. Reads password files and proves CA files. One that has the settings and the password that
// it had in `before` is the one of `known`.
absl::StatusOr<RelayMap> RelaysOf(const config::v1::Config& config, const Clock& clock,
                                  const config::v1::Config* before = nullptr,
                                  const RelayMap& known = {});

// Each tenant's relays, in its order. REQUIRES: the configuration was checked.
absl::flat_hash_map<std::string, smtp::Route> RoutesOf(const config::v1::Config& config,
                                                       const RelayMap& relays);

// The resolver, where a relay is direct; else null. Its answers come by `loop`.
absl::StatusOr<std::unique_ptr<smtp::Dns>> DnsOf(const config::v1::Config& config, Loop& loop);

// For the Sender on `loop`; null without `dns`. `sites` is shared by all loops.
smtp::ExchangerFinder ExchangersOf(const config::v1::Config& config, smtp::Dns* dns, Loop& loop,
                                   std::shared_ptr<smtp::Sites> sites);

// The keys that sign, read. Errors name the setting and the file.
absl::StatusOr<smtp::DkimKeys> DkimKeysOf(const config::v1::Config& config);

// The threads that sign with them, as many as there are loops; none without keys. Its queue has
// room for all that the loops may hold.
std::unique_ptr<WorkPool> SignersOf(const config::v1::Config& config);

}  // namespace posthaste
