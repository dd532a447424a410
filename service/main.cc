// posthaste: wiring only. The command line is service/cli, the service itself service/daemon.
#include <stdlib.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/core_dumps.h"
#include "service/assemble.h"
#include "service/check_parts.h"
#include "service/cli/app.h"
#include "service/daemon.h"
#include "service/doctor/doctor.h"
#include "service/sandbox/capture_command.h"
#include "service/sandbox/demo.h"
#include "service/sandbox/inbox_command.h"
#include "service/sandbox/sandbox.h"

namespace posthaste {
namespace {

class RunningDaemon final : public cli::Service {
 public:
  explicit RunningDaemon(std::unique_ptr<Daemon> daemon) : daemon_(std::move(daemon)) {}
  absl::Status WaitReady(absl::Duration limit) override { return daemon_->WaitReady(limit); }
  absl::Status fatal() const override { return daemon_->fatal(); }
  absl::Status Reload(const absl::StatusOr<config::v1::Config>& read) override {
    return daemon_->Reload(read);
  }
  void Stop() override { daemon_->Stop(); }
  std::string grpc_address() const override { return daemon_->grpc_address(); }
  std::string ops_address() const override { return daemon_->ops_address(); }

 private:
  std::unique_ptr<Daemon> daemon_;
};

absl::StatusOr<std::unique_ptr<cli::Service>> Running(
    absl::StatusOr<std::unique_ptr<Daemon>> daemon) {
  if (!daemon.ok()) return daemon.status();
  return std::unique_ptr<cli::Service>(std::make_unique<RunningDaemon>(*std::move(daemon)));
}

absl::StatusOr<std::unique_ptr<cli::Service>> StartDaemon(const config::v1::Config& config,
                                                          bool api, bool worker) {
  return Running(Daemon::Start(config, Roles{api, worker}));
}

absl::StatusOr<std::unique_ptr<cli::Service>> StartSandboxed(const config::v1::Config& config,
                                                             ops::ConsoleParts console) {
  return Running(Daemon::Start(config, Roles{}, std::move(console)));
}

// In the order of the configuration.
absl::StatusOr<std::vector<std::shared_ptr<smtp::Relay>>> RelaysInOrder(
    const config::v1::Config& config) {
  const auto by_id = RelaysOf(config, SystemClock());
  if (!by_id.ok()) return by_id.status();
  std::vector<std::shared_ptr<smtp::Relay>> relays;
  for (const config::v1::Relay& relay : config.relays()) relays.push_back(by_id->at(relay.id()));
  return relays;
}

int Main(int argc, char** argv) {
  ForbidCoreDumps();
  // gRPC's own lines are not ours; whoever wants them sets it.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  cli::Hooks hooks;
  hooks.start = StartDaemon;
  hooks.check = CheckParts;
  hooks.doctor = [](const cli::DoctorOptions& options, cli::Terminal& terminal) {
    const doctor::Parts parts{CheckParts, RedisOptionsOf, DurabilityOf, RelaysInOrder};
    return doctor::RunDoctor(options, parts, terminal);
  };
  hooks.sandbox = [](const cli::SandboxOptions& options, cli::Terminal& terminal) {
    return sandbox::RunSandbox(options, StartSandboxed, terminal);
  };
  hooks.demo = [](const cli::DemoOptions& options, cli::Terminal& terminal) {
    return sandbox::RunDemo(options, StartSandboxed, terminal);
  };
  hooks.inbox = sandbox::RunInbox;
  hooks.capture = sandbox::RunCapture;
  cli::Terminal terminal = cli::Terminal::Standard();
  return cli::Run(argc, argv, hooks, terminal);
}

}  // namespace
}  // namespace posthaste

int main(int argc, char** argv) { return posthaste::Main(argc, argv); }
