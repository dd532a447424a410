#include "service/config/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

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
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificates = std::vector<std::unique_ptr<X509, Deleter>>;

std::unique_ptr<BIO, Deleter> Reading(std::string_view bytes) {
  return std::unique_ptr<BIO, Deleter>(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Certificates Parse(std::string_view pem) {
  const std::unique_ptr<BIO, Deleter> from = Reading(pem);
  Certificates all;
  while (X509* one = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr))
    all.emplace_back(one);
  ERR_clear_error();  // The end is one.
  return all;
}

// "" if it is valid at `now`.
std::string_view Dated(const X509& certificate, absl::Time now) {
  std::time_t at = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notBefore(&certificate), &at) >= 0) return "is not valid yet";
  if (X509_cmp_time(X509_get0_notAfter(&certificate), &at) <= 0) return "has expired";
  return "";
}

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

absl::Status CheckChain(std::string_view pem, absl::Time now) {
  const Certificates chain = Parse(pem);
  if (chain.empty()) return absl::InvalidArgumentError("no certificate in PEM");
  for (size_t i = 0; i < chain.size(); ++i) {
    const std::string_view wrong = Dated(*chain[i], now);
    if (!wrong.empty())
      return absl::InvalidArgumentError(
          absl::StrCat("certificate ", i + 1, " ", std::string(wrong)));
    if (i + 1 == chain.size()) break;
    if (X509_check_issued(chain[i + 1].get(), chain[i].get()) != X509_V_OK) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate ", i + 2, " did not issue the one before it"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKeyFits(std::string_view pem, const Secret& key) {
  const Certificates chain = Parse(pem);
  const std::unique_ptr<EVP_PKEY, Deleter> own(
      PEM_read_bio_PrivateKey(Reading(key.Reveal()).get(), nullptr, nullptr, nullptr));
  const bool fits = !chain.empty() && own != nullptr &&
                    X509_check_private_key(chain.front().get(), own.get()) == 1;
  ERR_clear_error();
  if (own == nullptr) return absl::InvalidArgumentError("no private key in PEM");
  return fits ? absl::OkStatus() : absl::InvalidArgumentError("is not the certificate's key");
}

absl::Status CheckAuthorities(std::string_view pem, absl::Time now) {
  const Certificates all = Parse(pem);
  if (all.empty()) return absl::InvalidArgumentError("no certificate in PEM");
  const bool one = std::any_of(all.begin(), all.end(),
                               [now](const auto& each) { return Dated(*each, now).empty(); });
  return one ? absl::OkStatus()
             : absl::InvalidArgumentError("none of its certificates is valid now");
}

std::vector<CertificateEnd> CertificateEnds(const v1::Config& config) {
  const std::pair<const char*, std::string> files[] = {
      {"grpc", config.grpc().tls().certificate_file()},
      {"ops", config.ops().tls().certificate_file()},
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
