#include "service/cli/serve.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "service/cli/exit_code.h"
#include "service/cli/signals.h"
#include "service/config/dkim.h"
#include "service/config/load.h"
#include "service/config/secrets.h"

namespace posthaste::cli {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(200);

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// Remembers the files that cannot be used.
class Secrets {
 public:
  void Password(const std::string& setting, const std::string& file) {
    if (!file.empty()) Note(setting, config::ReadSecretFile(file).status());
  }
  void Key(const std::string& setting, const std::string& file) {
    Note(setting, config::ReadKeyFile(file).status());
  }
  std::vector<absl::Status> Done(const absl::Status& dkim) && {
    if (!dkim.ok()) troubles_.push_back(dkim);
    return std::move(troubles_);
  }

 private:
  void Note(const std::string& setting, const absl::Status& read) {
    if (read.ok()) return;
    troubles_.push_back(absl::InvalidArgumentError(absl::StrCat(setting, ": ", Text(read))));
  }
  std::vector<absl::Status> troubles_;
};

}  // namespace

std::vector<absl::Status> SecretTroubles(const config::v1::Config& config) {
  Secrets secrets;
  secrets.Password("grpc.tls.key_file", config.grpc().tls().key_file());
  secrets.Password("redis.password_file", config.redis().password_file());
  secrets.Password("redis.key_file", config.redis().key_file());
  secrets.Key("keys.hash_key_file", config.keys().hash_key_file());
  for (int i = 0; i < config.keys().code_keys_size(); ++i) {
    secrets.Key(absl::StrCat("keys.code_keys[", i, "].file"), config.keys().code_keys(i).file());
  }
  for (int i = 0; i < config.keys().seal_keys_size(); ++i) {
    secrets.Key(absl::StrCat("keys.seal_keys[", i, "].file"), config.keys().seal_keys(i).file());
  }
  for (int i = 0; i < config.keys().receipt_keys_size(); ++i) {
    secrets.Password(absl::StrCat("keys.receipt_keys[", i, "].file"),
                     config.keys().receipt_keys(i).file());
  }
  for (int i = 0; i < config.relays_size(); ++i) {
    secrets.Password(absl::StrCat("relays[", i, "].password_file"),
                     config.relays(i).password_file());
    secrets.Password(absl::StrCat("relays[", i, "].token_file"), config.relays(i).token_file());
  }
  return std::move(secrets).Done(config::ReadDkimKeys(config).status());
}

absl::Status CheckSecrets(const config::v1::Config& config) {
  const std::vector<absl::Status> troubles = SecretTroubles(config);
  return troubles.empty() ? absl::OkStatus() : troubles.front();
}

absl::Status StartLog(const config::v1::Log& config) {
  const auto level = static_cast<log::Level>(config.level() - config::v1::Log::DEBUG);
  if (log::Start(level, config.file())) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("log.file: ", config.file(), ": cannot be opened for writing"));
}

// That it can be written only its user knows, who may be another than ours.
absl::Status CheckLog(const config::v1::Log& config) {
  if (config.file().empty()) return absl::OkStatus();
  const std::filesystem::path folder = std::filesystem::absolute(config.file()).parent_path();
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    return absl::InvalidArgumentError(
        absl::StrCat("log.file: ", config.file(), ": there is no folder ", folder.string()));
  }
  if (!std::filesystem::is_directory(config.file(), ignored)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("log.file: ", config.file(), ": is a folder"));
}

int CheckConfig(const std::string& path, const CheckService& parts, Terminal& terminal) {
  const absl::StatusOr<config::v1::Config> config = config::LoadConfig(path);
  absl::Status checked = config.status();
  if (checked.ok()) checked = CheckLog(config->log());
  if (checked.ok()) checked = CheckSecrets(*config);
  if (checked.ok()) checked = parts(*config);
  if (!checked.ok()) {
    terminal.Error(Text(checked));
    return kUsage;
  }
  terminal.Line(absl::StrCat(terminal.Good("ok"), "  ", path, ": ", config->tenants_size(),
                             " tenants, ", config->relays_size(), " relays, gRPC on ",
                             config->grpc().address(), ", Redis at ", config->redis().address()));
  return kOk;
}

// What is wrong was logged, and what was before stays.
void Reload(const std::string& path, Service& service, Terminal& terminal) {
  NotifyManager("RELOADING=1");
  const absl::Status reloaded = service.Reload(config::LoadConfig(path));
  if (!reloaded.ok()) terminal.Error(absl::StrCat("reload refused: ", Text(reloaded)));
  NotifyManager("READY=1");
}

int Serve(const ServeOptions& options, const StartService& start, Terminal& terminal) {
  StopSignals signals(true);
  const absl::StatusOr<config::v1::Config> config = config::LoadConfig(options.config);
  absl::Status status = config.status();
  if (status.ok()) status = StartLog(config->log());
  const absl::Cleanup stop_log = [] { log::Stop(); };
  if (!status.ok()) {
    terminal.Error(Text(status));
    return kUsage;
  }
  absl::StatusOr<std::unique_ptr<Service>> service = start(*config, options.api, options.worker);
  if (!service.ok()) {
    terminal.Error(Text(service.status()));
    return kUsage;
  }
  NotifyManager("READY=1");
  while (true) {
    const Asked asked = signals.WaitAny(kLookEvery);
    if (asked == Asked::kStop) break;
    if (asked == Asked::kReload) Reload(options.config, **service, terminal);
    if (const absl::Status fatal = (*service)->fatal(); !fatal.ok()) {
      terminal.Error(Text(fatal));
      (*service)->Stop();
      return kUsage;
    }
  }
  NotifyManager("STOPPING=1");
  (*service)->Stop();
  return kOk;
}

}  // namespace posthaste::cli
