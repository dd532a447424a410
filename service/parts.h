// What is made of a configuration and takes its place as a whole: at start, and by a reload.
#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/work_pool.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/api/snapshot.h"
#include "service/assemble.h"
#include "service/webhooks/endpoint.h"
#include "service/worker/dispatch.h"

namespace posthaste {

// Immutable, but for the relays, which lock for themselves.
struct Parts {
  config::v1::Config config;
  RelayMap relays;                               // Empty without the worker role.
  std::shared_ptr<const worker::Shared> worker;  // Null without it.
  std::shared_ptr<const api::Snapshot> snapshot;
  webhooks::Endpoints webhooks;  // None without the worker role.
  std::string jwks;              // The keys that verify receipts.
};

// Both outlive what is made with them; null where there is none.
struct Pools {
  WorkPool* compilers = nullptr;
  WorkPool* signers = nullptr;
};

// Reads every file that `config` names: keys, passwords, templates. A relay that is as it was in
// `before` stays the same one, with its sessions and all that is known of it. Errors are one line
// that names the setting or the file.
absl::StatusOr<std::shared_ptr<const Parts>> MakeParts(const config::v1::Config& config,
                                                       bool worker, const Pools& pools,
                                                       const Parts* before = nullptr);

}  // namespace posthaste
