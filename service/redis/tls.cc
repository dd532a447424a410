#include "service/redis/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

#include "absl/strings/str_cat.h"

namespace posthaste::redis {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

absl::Status Unusable(std::string_view what, const error_code& error) {
  return absl::FailedPreconditionError(
      absl::StrCat(std::string(what), ": cannot be used: ", error.message()));
}

// "redis.ca_file: /etc/ca.pem": the setting and what it says.
std::string Named(const char* setting, const std::string& file) {
  return absl::StrCat("redis.", setting, ": ", file);
}

}  // namespace

absl::StatusOr<TlsContext> MakeTlsContext(const TlsOptions& options) {
  if (!options.enabled) return TlsContext();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  context->set_verify_mode(ssl::verify_peer, error);
  if (error) return Unusable("redis.tls: peer verification", error);
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(error);
    if (error) return Unusable("redis.tls: the system's certificates", error);
  } else {
    context->load_verify_file(options.ca_file, error);
    if (error) return Unusable(Named("ca_file", options.ca_file), error);
  }
  if (!options.certificate_file.empty()) {
    context->use_certificate_chain_file(options.certificate_file, error);
    if (error) return Unusable(Named("certificate_file", options.certificate_file), error);
    // Answering every password question with nothing keeps OpenSSL from asking on the terminal.
    context->set_password_callback(
        [](size_t, ssl::context::password_purpose) { return std::string(); }, error);
    context->use_private_key_file(options.key_file, ssl::context::pem, error);
    if (error) return Unusable(Named("key_file", options.key_file), error);
    if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
      return absl::FailedPreconditionError(absl::StrCat(
          Named("key_file", options.key_file), ": is not the key of ", options.certificate_file));
    }
  }
  return context;
}

absl::Status ExpectServer(SSL* ssl, const std::string& name) {
  error_code error;
  boost::asio::ip::make_address(name, error);
  const bool is_address = !error;
  int good = 0;
  if (is_address) {
    good = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    good =
        SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  }
  if (good == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("redis tls: server name not usable: ", name));
}

std::string HandshakeTrouble(SSL* ssl, const std::string& otherwise) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return otherwise;
  return absl::StrCat("certificate not trusted: ", X509_verify_cert_error_string(verdict));
}

}  // namespace posthaste::redis
