// What calls are served with: configuration, callers, tenants, templates and keys that fit each
// other. A reload puts another in its place as a whole; calls that were begun finish with what they
// were begun with.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "service/api/authentication.h"
#include "service/api/backend.h"
#include "service/api/tenants.h"

namespace posthaste::api {

// Immutable.
class Snapshot {
 public:
  // `keys` brings the keys, the relays, the clock and the random source; the rest is filled in.
  // Errors name the setting, or the template's file.
  static absl::StatusOr<std::shared_ptr<const Snapshot>> Make(config::v1::Config config,
                                                              Shared keys);

  const Authenticator& authenticator() const { return authenticator_; }
  const Shared& shared() const { return shared_; }

  explicit Snapshot(config::v1::Config config)  // For Make alone.
      : config_(std::move(config)), authenticator_(config_) {}

 private:
  const config::v1::Config config_;
  const Authenticator authenticator_;
  std::unique_ptr<const Tenants> tenants_;
  Shared shared_;
};

// A snapshot on the loops of the process. Kept alive by whoever works with it.
struct InForce {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<Backend> backends;  // One per loop.
};

// The one that is in force. Safe from every thread.
class Snapshots {
 public:
  struct Place {
    Loop* loop = nullptr;
    queue::Store* store = nullptr;
    smtp::Sender* sender = nullptr;  // Null without a worker.
  };

  Snapshots(std::vector<Place> places, std::shared_ptr<const Snapshot> first);

  std::shared_ptr<InForce> Now() const;
  // On the loops, and not in force yet: to be made ready for its calls.
  std::shared_ptr<InForce> Prepare(std::shared_ptr<const Snapshot> next) const;
  void Replace(std::shared_ptr<InForce> next);

 private:
  const std::vector<Place> places_;
  mutable std::mutex mutex_;
  std::shared_ptr<InForce> now_;  // Guarded by mutex_.
};

}  // namespace posthaste::api
