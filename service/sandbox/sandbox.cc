#include "service/sandbox/sandbox.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "service/cli/access.h"
#include "service/cli/draft.h"
#include "service/cli/serve.h"
#include "service/config/load.h"
#include "service/sandbox/draft_console.h"
#include "service/sandbox/inbox_console.h"

namespace posthaste::sandbox {
namespace {

constexpr absl::Duration kReadyLimit = absl::Seconds(30);

std::string Local(uint16_t port) { return absl::StrCat("127.0.0.1:", port); }

absl::Status Wrong(const std::string& option, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", std::string(what)));
}

}  // namespace

absl::StatusOr<std::optional<Outgoing>> OutgoingOf(const cli::SandboxOptions& options) {
  if (options.relay.empty()) return std::nullopt;
  absl::StatusOr<RelayUrl> relay = ParseRelayUrl(options.relay);
  if (!relay.ok()) return relay.status();
  if (relay->username.empty() != options.password_file.empty()) {
    return Wrong("--password-file", "a user name in --relay and --password-file belong together");
  }
  const absl::StatusOr<Mailbox> from = ParseMailbox(options.from);
  if (!from.ok()) return Wrong("--from", std::string(from.status().message()));
  std::error_code error;
  Outgoing outgoing{*std::move(relay), options.from};
  // The configuration is read by whoever reads it, from wherever they are.
  if (!options.password_file.empty())
    outgoing.relay.password_file = std::filesystem::absolute(options.password_file, error);
  if (!options.ca_file.empty())
    outgoing.relay.ca_file = std::filesystem::absolute(options.ca_file, error);
  return outgoing;
}

absl::StatusOr<std::unique_ptr<Sandbox>> Sandbox::Start(const cli::SandboxOptions& options,
                                                        const std::optional<Outgoing>& outgoing,
                                                        const StartSandboxed& start) {
  absl::StatusOr<Home> home = Home::Open(cli::DataDirOf(options.data_dir), SystemRandom());
  if (!home.ok()) return home.status();
  std::unique_ptr<Sandbox> sandbox(new Sandbox(*std::move(home)));
  const absl::Status started = sandbox->StartParts(options, outgoing, start);
  if (!started.ok()) return started;
  return sandbox;
}

absl::Status Sandbox::StartParts(const cli::SandboxOptions& options,
                                 const std::optional<Outgoing>& outgoing,
                                 const StartSandboxed& start) {
  if (absl::Status redis = RestartRedis(); !redis.ok()) return redis;
  absl::StatusOr<InboxWriter> inbox = InboxWriter::Open(home_.inbox(), SystemClock());
  if (!inbox.ok()) return inbox.status();
  absl::StatusOr<std::unique_ptr<CaptureServer>> capture =
      CaptureServer::Start(options.smtp_port, *std::move(inbox));
  if (!capture.ok()) return capture.status();
  capture_ = *std::move(capture);
  const Addresses addresses{Local(options.grpc_port), Local(options.http_port), capture_->port(),
                            redis_->socket()};
  const std::string yaml = ConfigYaml(home_, addresses, outgoing);
  if (absl::Status written = cli::WritePrivateFile(home_.config_file(), yaml, true); !written.ok())
    return written;
  const absl::StatusOr<config::v1::Config> config = config::ParseConfig(yaml);
  if (!config.ok()) return config.status();
  if (absl::Status log = cli::StartLog(config->log()); !log.ok()) return log;
  ops::ConsoleParts console = ConsoleWithInbox(home_.inbox());
  AddDrafts(cli::DraftsFolder(home_.folder()), console);
  absl::StatusOr<std::unique_ptr<cli::Service>> service = start(*config, std::move(console));
  if (!service.ok()) return service.status();
  service_ = *std::move(service);
  if (absl::Status ready = service_->WaitReady(kReadyLimit); !ready.ok()) return ready;
  return cli::WriteClientFile(home_.folder(), service_->grpc_address(), home_.api_key(),
                              home_.operator_key());
}

absl::Status Sandbox::RestartRedis() {
  redis_.reset();
  absl::StatusOr<std::unique_ptr<RedisProcess>> redis =
      RedisProcess::Start(home_.folder(), SystemClock());
  if (!redis.ok()) return redis.status();
  redis_ = *std::move(redis);
  return absl::OkStatus();
}

Sandbox::~Sandbox() {
  service_.reset();
  log::Stop();
}

}  // namespace posthaste::sandbox
