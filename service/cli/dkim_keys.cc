#include "service/cli/dkim_keys.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/mailbox.h"
#include "base/secret.h"
#include "base/signing_key.h"
#include "service/cli/access.h"
#include "service/cli/exit_code.h"
#include "service/config/dkim.h"

namespace posthaste::cli {
namespace {

using crypto::SigningKey;

constexpr size_t kStringMax = 255;

constexpr std::pair<SigningKey::Kind, const char*> kKinds[] = {
    {SigningKey::Kind::kRsa, "rsa"}, {SigningKey::Kind::kEd25519, "ed25519"}};

// The service's own check of the names: what it refuses is not made.
absl::Status CheckNames(const std::string& domain, const std::string& selector) {
  config::v1::Config config;
  config.add_tenants()->add_senders()->set_mailbox("x@" + domain);
  config::v1::Dkim& dkim = *config.add_dkim();
  dkim.set_domain(domain);
  dkim.set_selector(selector);
  dkim.set_key_file("-");
  return config::CheckDkim(config);
}

}  // namespace

absl::StatusOr<std::vector<DkimKeyFile>> CreateDkimKeys(const DkimKeysOptions& options) {
  const absl::Status names = CheckNames(options.domain, options.selector + "-ed25519");
  if (!names.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", options.domain, "\" or \"", options.selector, "\" cannot stand in a domain name"));
  }
  std::error_code error;
  const std::string dir = std::filesystem::absolute(options.dir).lexically_normal();
  const bool made = std::filesystem::create_directories(dir, error);
  if (error) return absl::UnavailableError(absl::StrCat(dir, ": ", error.message()));
  if (made) std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
  std::vector<DkimKeyFile> files;
  for (const auto& [kind, name] : kKinds) {
    const SigningKey key = SigningKey::Generate(kind);
    const Secret pem(key.ToPem());
    DkimKeyFile file;
    file.domain = ParseMailbox("x@" + options.domain).value().ascii_domain;
    file.selector = absl::StrCat(options.selector, "-", name);
    file.path = absl::StrCat(dir, "/dkim-", file.domain, "-", file.selector, ".pem");
    file.record = absl::StrCat("v=DKIM1; k=", name, "; p=", Base64(key.PublicKey()));
    const absl::Status written = WritePrivateFile(file.path, pem.Reveal(), false);
    if (!written.ok()) return written;
    files.push_back(std::move(file));
  }
  return files;
}

std::string ZoneLine(const DkimKeyFile& key) {
  std::string line = absl::StrCat(key.selector, "._domainkey.", key.domain, ". IN TXT (");
  for (size_t at = 0; at < key.record.size(); at += kStringMax) {
    absl::StrAppend(&line, " \"", key.record.substr(at, kStringMax), "\"");
  }
  return line + " )";
}

int PrintDkimKeys(const DkimKeysOptions& options, Terminal& terminal) {
  const absl::StatusOr<std::vector<DkimKeyFile>> files = CreateDkimKeys(options);
  if (!files.ok()) {
    terminal.Error(std::string(files.status().message()));
    return kUsage;
  }
  terminal.Line("First publish, as one TXT record each (lines of a zone file):");
  terminal.Line();
  for (const DkimKeyFile& file : *files) terminal.Line(ZoneLine(file));
  terminal.Line();
  terminal.Line("When both can be looked up, add to the configuration:");
  terminal.Line();
  terminal.Line("dkim:");
  for (const DkimKeyFile& file : *files) {
    terminal.Line(absl::StrCat("  - domain: ", file.domain));
    terminal.Line(absl::StrCat("    selector: ", file.selector));
    terminal.Line(absl::StrCat("    key_file: ", file.path));
  }
  return kOk;
}

}  // namespace posthaste::cli
