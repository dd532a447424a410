// The whole service in one object: loops, stores, workers, gRPC, operators' HTTP. `posthaste serve`
// is this and signals.
//
// A loop a core; each loop has its own Redis connection, SMTP sessions and share of the shards, and
// answers its share of the calls. Redis away at start is no error: the listeners open, health says
// NOT_SERVING and /readyz says why, until it comes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/ops/console/parts.h"

namespace posthaste {

struct Roles {
  bool api = true, worker = true;
};

class Daemon {
 public:
  // Reads secrets and templates, listens and starts. Errors are one line that names the setting or
  // the file. Blocks only for files. `config` was completed and checked (service/config/load.h).
  // `console` is what the operators' console shows beside the service's own.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const config::v1::Config& config,
                                                       Roles roles, ops::ConsoleParts console = {});
  ~Daemon();  // As Stop.

  // Waits until the service is ready or `limit` has passed (UNAVAILABLE says which part is not).
  // FAILED_PRECONDITION: it never will be: Redis is too weak for the configured durability, or
  // holds another installation.
  absl::Status WaitReady(absl::Duration limit);

  // The reason why it can never become ready; OK while it may. For `serve`, which ends then.
  absl::Status fatal() const;

  // Puts what the configuration that was read says in place of what was: tenants, callers,
  // templates, policy, limits, keys, relays (reload.h says what has to wait for a restart). All or
  // nothing: an error is one line that names the setting or the file, and what was before stays; it
  // was logged. Calls and mail under way end with what they were begun with. Not to be called from
  // two threads.
  absl::Status Reload(const absl::StatusOr<config::v1::Config>& read);

  // Health NOT_SERVING → no new calls → no new claims → finish what is past the fence → give leases
  // back. Returns within the grace and a few seconds.
  void Stop();

  std::string grpc_address() const;  // "" without the api role.
  std::string ops_address() const;

 private:
  struct Impl;
  explicit Daemon(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste
