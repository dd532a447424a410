#include "service/config/server_certificate.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "service/config/certificates.h"
#include "service/config/secrets.h"

namespace posthaste::config {
namespace {

constexpr size_t kPemBytesMax = size_t{1} << 20;  // The system's bundle has 220 KB.

class Reader {
 public:
  explicit Reader(std::string_view setting) : setting_(setting) {}

  absl::Status Wrong(std::string_view name, const std::string& path, std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(std::string(setting_), ".", std::string(name),
                                                   ": ", path, ": ", std::string(what)));
  }
  absl::StatusOr<std::string> All(std::string_view name, const std::string& path) const {
    absl::StatusOr<std::string> bytes = ReadFile(path, kPemBytesMax);
    if (bytes.ok()) return bytes;
    return absl::InvalidArgumentError(absl::StrCat(std::string(setting_), ".", std::string(name),
                                                   ": ", std::string(bytes.status().message())));
  }
  absl::StatusOr<Secret> Key(const std::string& path) const {
    absl::StatusOr<Secret> key = ReadSecretFile(path);
    if (key.ok()) return key;
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(setting_), ".key_file: ", std::string(key.status().message())));
  }

 private:
  const std::string_view setting_;
};

std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

absl::StatusOr<ServerCertificate> ReadServerCertificate(const v1::TlsServer& tls,
                                                        std::string_view setting) {
  const Reader reader(setting);
  ServerCertificate read;
  absl::StatusOr<std::string> chain = reader.All("certificate_file", tls.certificate_file());
  if (!chain.ok()) return chain.status();
  read.chain = *std::move(chain);
  absl::StatusOr<Secret> key = reader.Key(tls.key_file());
  if (!key.ok()) return key.status();
  read.key = *std::move(key);
  const absl::Time now = SystemClock().Now();
  if (const absl::Status good = CheckChain(read.chain, now); !good.ok())
    return reader.Wrong("certificate_file", tls.certificate_file(), Message(good));
  if (const absl::Status fits = CheckKeyFits(read.chain, read.key); !fits.ok())
    return reader.Wrong("key_file", tls.key_file(), Message(fits));
  if (tls.client_ca_file().empty()) return read;
  absl::StatusOr<std::string> ca = reader.All("client_ca_file", tls.client_ca_file());
  if (!ca.ok()) return ca.status();
  read.client_ca = *std::move(ca);
  if (const absl::Status good = CheckAuthorities(read.client_ca, now); !good.ok())
    return reader.Wrong("client_ca_file", tls.client_ca_file(), Message(good));
  return read;
}

}  // namespace posthaste::config
