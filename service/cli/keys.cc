#include "service/cli/keys.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/signing_key.h"
#include "service/cli/access.h"
#include "service/cli/exit_code.h"
#include "service/config/load.h"

namespace posthaste::cli {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr const char* kFiles[] = {"hash.key", "code-1.key", "seal-1.key"};
constexpr const char* kReceiptFile = "receipt-1.pem";

bool IsId(const std::string& id) {
  if (id.empty() || id.size() > 32 || id[0] < 'a' || id[0] > 'z') return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

// A word of YAML that is read as a string whatever it holds.
std::string Quoted(const std::string& text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

void PrintApiKey(const std::string& id, const ApiKey& made, const std::vector<std::string>& scopes,
                 Terminal& terminal) {
  terminal.Line("The key, for the caller alone. It is shown only now:");
  terminal.Line();
  terminal.Line(absl::StrCat("  ", terminal.Bold(made.key.Reveal())));
  terminal.Line();
  terminal.Line("For the configuration, under the tenant:");
  terminal.Line();
  terminal.Line("    keys:");
  terminal.Line(absl::StrCat("      - id: ", id));
  terminal.Line(absl::StrCat("        secret_sha256: [\"", made.sha256, "\"]"));
  terminal.Line(absl::StrCat("        scopes: [", absl::StrJoin(scopes, ", "), "]"));
}

void PrintApiKeyJson(const std::string& id, const ApiKey& made,
                     const std::vector<std::string>& scopes, Terminal& terminal) {
  std::string json =
      absl::StrCat("{\"id\":", Quoted(id), ",\"key\":", Quoted(std::string(made.key.Reveal())),
                   ",\"secret_sha256\":", Quoted(made.sha256), ",\"scopes\":[");
  for (size_t i = 0; i < scopes.size(); ++i)
    absl::StrAppend(&json, i == 0 ? "" : ",", Quoted(scopes[i]));
  terminal.Line(json + "]}");
}

}  // namespace

absl::Status CreateKeyFiles(const std::string& dir, Random& random) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(dir, error);
  if (error) return absl::UnavailableError(absl::StrCat(dir, ": ", error.message()));
  if (made) std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
  for (const char* name : {kFiles[0], kFiles[1], kFiles[2], kReceiptFile}) {
    if (std::filesystem::exists(absl::StrCat(dir, "/", name), error)) {
      return absl::AlreadyExistsError(
          absl::StrCat(dir, "/", name, ": is there already; a key that is overwritten is lost"));
    }
  }
  for (const char* name : kFiles) {
    const Secret key(Hex(random.Bytes(kKeyBytes)) + "\n");
    const absl::Status written =
        WritePrivateFile(absl::StrCat(dir, "/", name), key.Reveal(), false);
    if (!written.ok()) return written;
  }
  const Secret pem(crypto::SigningKey::Generate(crypto::SigningKey::Kind::kEd25519).ToPem());
  return WritePrivateFile(absl::StrCat(dir, "/", kReceiptFile), pem.Reveal(), false);
}

std::string KeyFilesYaml(const std::string& dir) {
  return absl::StrCat("keys:\n  hash_key_file: ", Quoted(dir + "/hash.key"),
                      "\n  code_keys:\n    - epoch: 1\n      file: ", Quoted(dir + "/code-1.key"),
                      "\n  seal_keys:\n    - id: 1\n      file: ", Quoted(dir + "/seal-1.key"),
                      "\n  receipt_keys:\n    - id: receipt-1\n      file: ",
                      Quoted(absl::StrCat(dir, "/", kReceiptFile)), "\n");
}

ApiKey CreateApiKey(const std::string& id, Random& random) {
  const Secret secret(Base64Url(random.Bytes(kKeyBytes)));
  ApiKey made;
  made.key = Secret(absl::StrCat(id, ".", std::string(secret.Reveal())));
  made.sha256 = Hex(crypto::Sha256(secret.Reveal()));
  return made;
}

const std::vector<std::string>& CallerScopes() {
  static const auto* const scopes = new std::vector<std::string>{
      "verifications.send", "verifications.check", "messages.send",     "messages.read",
      "messages.report",    "events.read",         "suppressions.read", "suppressions.write",
      "recipients.read",    "recipients.write",    "templates.read",    "templates.write"};
  return *scopes;
}

int CreateKeys(const KeysOptions& options, Terminal& terminal) {
  if (options.dir.empty() == options.api_key.empty()) {
    terminal.Error("keys create: give one of --dir (key files) and --api-key (a caller's key)");
    return kUsage;
  }
  if (!options.dir.empty()) {
    const std::string dir = std::filesystem::absolute(options.dir).lexically_normal();
    const absl::Status made = CreateKeyFiles(dir, SystemRandom());
    if (!made.ok()) {
      terminal.Error(std::string(made.message()));
      return kUsage;
    }
    terminal.Raw(
        absl::StrCat("# Keep a copy where this machine cannot lose it: without hash.key the queue "
                     "cannot be read again.\n",
                     KeyFilesYaml(dir)));
    return kOk;
  }
  if (!IsId(options.api_key)) {
    terminal.Error(
        absl::StrCat("--api-key: \"", options.api_key, "\" is not an id ([a-z][a-z0-9-]{0,31})"));
    return kUsage;
  }
  const std::vector<std::string>& scopes = options.scopes.empty() ? CallerScopes() : options.scopes;
  for (const std::string& scope : scopes) {
    if (config::IsScope(scope)) continue;
    terminal.Error(absl::StrCat("--scope: no scope \"", scope, "\"; there are ",
                                absl::StrJoin(CallerScopes(), ", "), ", ops.read and ops.write"));
    return kUsage;
  }
  const ApiKey made = CreateApiKey(options.api_key, SystemRandom());
  if (options.json) {
    PrintApiKeyJson(options.api_key, made, scopes, terminal);
  } else {
    PrintApiKey(options.api_key, made, scopes, terminal);
  }
  return kOk;
}

}  // namespace posthaste::cli
