#include "service/config/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::config {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::optional<absl::Time> EndOf(const X509& certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) != 1) return std::nullopt;
  return absl::FromTM(end, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<absl::Time> CertificateEndOf(const std::string& path) {
  const std::unique_ptr<BIO, Deleter> file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) {
    ERR_clear_error();
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  }
  std::optional<absl::Time> first;
  while (true) {
    const std::unique_ptr<X509, Deleter> one(
        PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    const std::optional<absl::Time> end = EndOf(*one);
    if (end) first = first ? std::min(*first, *end) : *end;
  }
  ERR_clear_error();  // The end of the file is one.
  if (!first) return absl::InvalidArgumentError(absl::StrCat(path, ": no certificate in PEM"));
  return *first;
}

std::vector<CertificateEnd> CertificateEnds(const v1::Config& config) {
  const std::pair<const char*, std::string> files[] = {
      {"grpc", config.grpc().tls().certificate_file()},
      {"redis", config.redis().certificate_file()}};
  std::vector<CertificateEnd> ends;
  for (const auto& [name, path] : files) {
    if (path.empty()) continue;
    const absl::StatusOr<absl::Time> end = CertificateEndOf(path);
    if (end.ok()) ends.push_back({name, *end});
  }
  return ends;
}

}  // namespace posthaste::config
