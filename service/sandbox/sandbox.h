// Everything on one machine: a private Redis, a mail server that keeps what it receives, and the
// service.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "service/cli/options.h"
#include "service/cli/service.h"
#include "service/cli/terminal.h"
#include "service/ops/console/parts.h"
#include "service/sandbox/capture.h"
#include "service/sandbox/home.h"
#include "service/sandbox/redis_process.h"

namespace posthaste::sandbox {

// Starts a service with all roles and a console that has more to show.
using StartSandboxed = std::function<absl::StatusOr<std::unique_ptr<cli::Service>>(
    const config::v1::Config&, ops::ConsoleParts)>;

class Sandbox {
 public:
  // Returns when the service is ready. Errors are one line that names the option, the port or the
  // file. REQUIRES: called on the process' main thread (see RedisProcess).
  static absl::StatusOr<std::unique_ptr<Sandbox>> Start(const cli::SandboxOptions& options,
                                                        const std::optional<Outgoing>& outgoing,
                                                        const StartSandboxed& start);
  ~Sandbox();  // The service first, then Redis.

  const Home& home() const { return home_; }
  std::string grpc_address() const { return service_->grpc_address(); }
  std::string ops_address() const { return service_->ops_address(); }
  uint16_t smtp_port() const { return capture_->port(); }
  pid_t redis_pid() const { return redis_ == nullptr ? -1 : redis_->pid(); }

  // The reason why it cannot go on; OK while it can.
  absl::Status fatal() const { return service_->fatal(); }
  bool RedisRuns() { return redis_ != nullptr && redis_->Running(); }
  absl::Status RestartRedis();

 private:
  explicit Sandbox(Home home) : home_(std::move(home)) {}
  absl::Status StartParts(const cli::SandboxOptions& options,
                          const std::optional<Outgoing>& outgoing, const StartSandboxed& start);

  // In the order of their ends, last first.
  Home home_;
  std::unique_ptr<RedisProcess> redis_;
  std::unique_ptr<CaptureServer> capture_;
  std::unique_ptr<cli::Service> service_;
};

// The relay and sender that the options ask for; nothing without --relay. INVALID_ARGUMENT names
// the option.
absl::StatusOr<std::optional<Outgoing>> OutgoingOf(const cli::SandboxOptions& options);

// `posthaste sandbox`: runs until SIGTERM or SIGINT.
int RunSandbox(const cli::SandboxOptions& options, const StartSandboxed& start,
               cli::Terminal& terminal);

}  // namespace posthaste::sandbox
