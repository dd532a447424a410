#include "service/sandbox/relay_probe.h"

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/task.h"
#include "service/config/secrets.h"
#include "smtp/dialer.h"
#include "smtp/session.h"

namespace posthaste::sandbox {
namespace {

constexpr absl::Duration kPhaseLimit = absl::Seconds(10);

smtp::SessionOptions OptionsOf(const RelayUrl& relay, Secret password) {
  smtp::SessionOptions options;
  options.relay = "relay";
  options.tls_name = relay.host;
  options.ehlo_name = "[127.0.0.1]";
  options.tls = smtp::TlsLevel::kVerified;
  options.implicit_tls = relay.implicit_tls;
  options.username = relay.username;
  options.password = std::move(password);
  options.limits.greeting = options.limits.ehlo = options.limits.starttls = options.limits.auth =
      kPhaseLimit;
  return options;
}

// What the relay said, or what the transcript notes instead.
std::string Words(const smtp::Attempt& failed) {
  if (failed.outcome.reply.code != 0) return failed.outcome.reply.Printable();
  const std::vector<std::string> lines =
      absl::StrSplit(failed.transcript, '\n', absl::SkipWhitespace());
  return lines.empty() ? "no answer" : lines.back();
}

Task<bool> Greet(smtp::Dialer& dialer, const RelayUrl& relay, const smtp::SessionOptions& options,
                 smtp::Attempt* failed) {
  std::unique_ptr<smtp::Session> session =
      co_await smtp::Session::Open(dialer, SystemClock(), relay.host, relay.port, options, failed);
  if (session == nullptr) co_return false;
  co_await session->Quit();
  co_return true;
}

}  // namespace

absl::StatusOr<std::optional<RelayRefusal>> ProbeRelay(const RelayUrl& relay) {
  Secret password;
  if (!relay.password_file.empty()) {
    absl::StatusOr<Secret> read = config::ReadSecretFile(relay.password_file);
    if (!read.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("--password-file: ", std::string(read.status().message())));
    password = *std::move(read);
  }
  absl::StatusOr<std::shared_ptr<smtp::TlsClient>> tls = smtp::TlsClient::Create(relay.ca_file);
  if (!tls.ok())
    return absl::InvalidArgumentError(
        absl::StrCat("--ca-file: ", std::string(tls.status().message())));
  Loop loop{1};
  smtp::TcpDialer dialer(loop, *std::move(tls), true);
  const smtp::SessionOptions options = OptionsOf(relay, std::move(password));
  smtp::Attempt failed;
  bool welcome = false;
  asio::co_spawn(loop, Greet(dialer, relay, options, &failed),
                 [&welcome](std::exception_ptr, bool opened) { welcome = opened; });
  loop.run();
  if (welcome) return std::nullopt;
  RelayRefusal refusal;
  refusal.relay = absl::StrCat(relay.host, ":", relay.port);
  refusal.phase = std::string(smtp::PhaseName(failed.outcome.phase));
  refusal.reply = Words(failed);
  // The values are the same by contract: both are stored.
  refusal.failure_class = static_cast<v1::FailureClass>(failed.outcome.failure_class);
  return refusal;
}

}  // namespace posthaste::sandbox
