#include "service/api/server_tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/config/server_certificate.h"

namespace posthaste::api {
namespace {

namespace fs = std::filesystem;

constexpr char kSetting[] = "grpc.tls";
constexpr int kLookEverySeconds = 1;

absl::Status WriteFile(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  std::error_code failed;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, failed);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file && !failed) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("grpc.tls: ", path.string(), ": cannot be written"));
}

absl::Status WriteBundle(const fs::path& folder, const config::ServerCertificate& bundle) {
  std::error_code failed;
  fs::create_directory(folder, failed);
  for (const auto& [file, bytes] :
       {std::pair<const char*, std::string_view>("key.pem", bundle.key.Reveal()),
        {"certificates.pem", bundle.chain},
        {"client_ca.pem", bundle.client_ca}}) {
    if (absl::Status written = WriteFile(folder / file, bytes); !written.ok()) return written;
  }
  return absl::OkStatus();
}

// Of mode 0700, in memory if there is room for it; else where temporary files go.
absl::StatusOr<std::string> PrivateFolder() {
  std::error_code ignored;
  for (const std::string& parent :
       {std::string("/dev/shm"), fs::temp_directory_path(ignored).string()}) {
    std::string path = absl::StrCat(parent, "/posthaste-tls-XXXXXX");
    if (mkdtemp(path.data()) != nullptr) return path;
  }
  return absl::InvalidArgumentError(
      "grpc.tls: no private folder can be made in /dev/shm or TMPDIR");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerTls>> ServerTls::Make(const config::v1::TlsServer& config) {
  if (absl::Status good = Check(config); !good.ok()) return good;
  absl::StatusOr<std::string> folder = PrivateFolder();
  if (!folder.ok()) return folder.status();
  std::unique_ptr<ServerTls> tls(
      new ServerTls(*std::move(folder), !config.client_ca_file().empty()));
  if (absl::Status written = tls->Prepare(config); !written.ok()) return written;
  if (absl::Status shown = tls->Show(); !shown.ok()) return shown;
  return tls;
}

ServerTls::~ServerTls() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::shared_ptr<grpc::ServerCredentials> ServerTls::Credentials() const {
  namespace tls = grpc::experimental;
  const std::string now = absl::StrCat(folder_, "/now/");
  auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      now + "key.pem", now + "certificates.pem", mutual_ ? now + "client_ca.pem" : "",
      kLookEverySeconds);
  tls::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (mutual_) options.watch_root_certs();
  options.set_cert_request_type(mutual_ ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                        : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return tls::TlsServerCredentials(options);
}

absl::Status ServerTls::Check(const config::v1::TlsServer& config) {
  return config::ReadServerCertificate(config, kSetting).status();
}

absl::Status ServerTls::Prepare(const config::v1::TlsServer& config) {
  const absl::StatusOr<config::ServerCertificate> bundle =
      config::ReadServerCertificate(config, kSetting);
  if (!bundle.ok()) return bundle.status();
  const fs::path folder = fs::path(folder_) / std::to_string(++prepared_);
  absl::Status written = WriteBundle(folder, *bundle);
  std::error_code ignored;
  if (!written.ok()) fs::remove_all(folder, ignored);
  return written;
}

absl::Status ServerTls::Show() {
  const fs::path folder(folder_);
  std::error_code ignored, failed;
  // All three files at once: whoever reads while this happens has the old ones or the new.
  fs::remove(folder / "next", ignored);
  fs::create_symlink(std::to_string(prepared_), folder / "next", failed);
  if (!failed) fs::rename(folder / "next", folder / "now", failed);
  if (failed)
    return absl::InvalidArgumentError(absl::StrCat("grpc.tls: ", folder_, ": ", failed.message()));
  // Who has begun to read the one before may still end.
  for (int old = shown_ - 1; old > 0 && fs::remove_all(folder / std::to_string(old), ignored) > 0;)
    --old;
  shown_ = prepared_;
  return absl::OkStatus();
}

}  // namespace posthaste::api
