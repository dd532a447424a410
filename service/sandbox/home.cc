#include "service/sandbox/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/json.h"
#include "service/cli/access.h"
#include "service/cli/keys.h"
#include "service/config/secrets.h"

namespace posthaste::sandbox {
namespace {

constexpr char kKeyId[] = "sandbox", kOperatorId[] = "operator";

std::string Quoted(const std::string& text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

absl::StatusOr<int> Lock(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int file = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  close(file);
  return absl::FailedPreconditionError(absl::StrCat(
      "a sandbox runs in ", folder, " already; give this one another --data-dir and --port-base"));
}

absl::Status MakeApiKey(const std::string& file, const std::string& id, Random& random) {
  const cli::ApiKey api = cli::CreateApiKey(id, random);
  return cli::WritePrivateFile(file, absl::StrCat(std::string(api.key.Reveal()), "\n"), false);
}

std::string DigestOf(const Secret& api_key) {
  const std::string key(api_key.Reveal());
  return Quoted(Hex(crypto::Sha256(key.substr(key.find('.') + 1))));
}

// Whole or not at all: keys of a first start that was cut short are made anew.
absl::Status MakeKeys(const std::string& keys, Random& random) {
  std::error_code error;
  if (std::filesystem::exists(keys, error)) return absl::OkStatus();
  const std::string draft = keys + ".new";
  std::filesystem::remove_all(draft, error);
  if (absl::Status made = cli::CreateKeyFiles(draft, random); !made.ok()) return made;
  const absl::Status written = MakeApiKey(draft + "/api.key", kKeyId, random);
  if (!written.ok()) return written;
  std::filesystem::rename(draft, keys, error);
  return error ? absl::UnavailableError(absl::StrCat(keys, ": ", error.message()))
               : absl::OkStatus();
}

std::string RelayYaml(const Addresses& addresses, const std::optional<Outgoing>& outgoing) {
  if (!outgoing) {
    return absl::StrCat("relays:\n  - id: capture\n    host: 127.0.0.1\n    port: ",
                        addresses.smtp_port, "\n    tls: NONE\n");
  }
  const RelayUrl& relay = outgoing->relay;
  std::string yaml = absl::StrCat(
      "relays:\n  - id: relay\n    host: ", Quoted(relay.host), "\n    port: ", relay.port,
      "\n    tls: VERIFIED\n    implicit_tls: ", relay.implicit_tls ? "true" : "false", "\n");
  if (!relay.ca_file.empty()) absl::StrAppend(&yaml, "    ca_file: ", Quoted(relay.ca_file), "\n");
  if (!relay.username.empty()) {
    absl::StrAppend(&yaml, "    username: ", Quoted(relay.username),
                    "\n    password_file: ", Quoted(relay.password_file), "\n");
  }
  return yaml;
}

}  // namespace

absl::StatusOr<Home> Home::Open(const std::string& folder, Random& random) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(folder, error).lexically_normal();
  if (std::filesystem::create_directories(absolute, error)) {
    std::filesystem::permissions(absolute, std::filesystem::perms::owner_all, error);
  }
  if (error)
    return absl::UnavailableError(absl::StrCat("--data-dir: ", absolute, ": ", error.message()));
  const absl::StatusOr<int> lock = Lock(absolute);
  if (!lock.ok()) return lock.status();
  Home home(absolute, *lock);
  if (absl::Status made = MakeKeys(absolute + "/keys", random); !made.ok()) return made;
  absl::StatusOr<Secret> key = config::ReadSecretFile(absolute + "/keys/api.key");
  if (!key.ok()) return key.status();
  home.api_key_ = *std::move(key);
  const std::string operator_file = absolute + "/keys/operator.key";
  const absl::Status made = MakeApiKey(operator_file, kOperatorId, random);
  if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
  key = config::ReadSecretFile(operator_file);
  if (!key.ok()) return key.status();
  home.operator_key_ = *std::move(key);
  return home;
}

Home::Home(Home&& other) noexcept
    : folder_(std::move(other.folder_)),
      lock_(std::exchange(other.lock_, -1)),
      api_key_(std::move(other.api_key_)),
      operator_key_(std::move(other.operator_key_)) {}

Home::~Home() {
  if (lock_ < 0) return;
  unlink((folder_ + "/client.yaml").c_str());
  close(lock_);
}

std::string ConfigYaml(const Home& home, const Addresses& addresses,
                       const std::optional<Outgoing>& outgoing) {
  const std::string from = outgoing ? outgoing->from : "no-reply@example.test";
  return absl::StrCat(
      "# Written by `posthaste sandbox` at each start.\n",
      "grpc:\n  address: ", Quoted(addresses.grpc), "\n  reflection: true\n",
      "ops:\n  address: ", Quoted(addresses.http), "\n",
      "redis:\n  address: ", Quoted("unix:" + addresses.redis_socket), "\n  shards: 4\n",
      cli::KeyFilesYaml(home.folder() + "/keys"), "worker:\n  loops: 1\n",
      // Whoever tries things out asks more often than a user does.
      "limits:\n  sends_per_recipient_hour: -1\n  sends_per_recipient_day: -1\n  "
      "sends_per_client_hour: -1\n",
      "log:\n  file: ", Quoted(home.log_file()), "\n", RelayYaml(addresses, outgoing),
      "tenants:\n  - id: sandbox\n    relays: [", outgoing ? "relay" : "capture", "]\n",
      "    senders:\n      - id: default\n        mailbox: ", Quoted(from),
      "\n        name: Acme\n", "    brand:\n      product_name: Acme\n      site_domain: ",
      Quoted(from.substr(from.rfind('@') + 1)), "\n", "    keys:\n      - id: ", kKeyId,
      "\n        secret_sha256: [", DigestOf(home.api_key()), "]\n",
      "        scopes: [verifications.send, verifications.check, messages.send, messages.read, "
      "messages.report, events.read, suppressions.read, suppressions.write, recipients.read, "
      "recipients.write, templates.read, templates.write]\n",
      "  - id: operator\n    keys:\n      - id: ", kOperatorId, "\n        secret_sha256: [",
      DigestOf(home.operator_key()), "]\n        scopes: [ops.read, ops.write]\n");
}

}  // namespace posthaste::sandbox
