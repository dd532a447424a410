#include "tests/smtp/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace posthaste::smtp {
namespace {

constexpr long kDay = 86'400;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};

void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// `issuer` null = signed by itself. `names` empty = no subjectAltName.
Certificate Issue(EVP_PKEY* key, const std::string& common_name, const std::string& names,
                  long end_seconds, const Issuer* issuer, bool authority) {
  static long serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -10 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), end_seconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509* const by = issuer == nullptr ? certificate.get() : issuer->certificate;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
  Extend(certificate.get(), by, NID_basic_constraints,
         authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!names.empty()) Extend(certificate.get(), by, NID_subject_alt_name, names);
  X509_sign(certificate.get(), issuer == nullptr ? key : issuer->key, EVP_sha256());
  return certificate;
}

std::string Pem(X509* certificate, EVP_PKEY* key) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  if (key != nullptr) {
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace

Certificates::Certificates() {
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate authority = Issue(ca_key.get(), "Throwaway CA", "", 10 * kDay, nullptr, true);
  const Issuer issuer{authority.get(), ca_key.get()};
  const std::string names = "DNS:relay.test,IP:127.0.0.1";
  const auto write = [&](const char* file, const Certificate& certificate) {
    return dir.Write(file, Pem(certificate.get(), key.get()));
  };
  ca = dir.Write("ca.pem", Pem(authority.get(), nullptr));
  good = write("good.pem", Issue(key.get(), "relay", names, 10 * kDay, &issuer, false));
  expired = write("expired.pem", Issue(key.get(), "relay", names, -kDay, &issuer, false));
  wrong_name =
      write("wrong.pem", Issue(key.get(), "relay", "DNS:other.test", 10 * kDay, &issuer, false));
  only_common_name = write("cn.pem", Issue(key.get(), "relay.test", "", 10 * kDay, &issuer, false));
  self_signed = write("self.pem", Issue(key.get(), "relay", names, 10 * kDay, nullptr, false));
}

}  // namespace posthaste::smtp
