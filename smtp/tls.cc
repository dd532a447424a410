#include "smtp/tls.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <ctime>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kSessionsMax = 256;

struct FreeSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SessionPtr = std::unique_ptr<SSL_SESSION, FreeSession>;

void FreeKey(void*, void* key, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(key);
}

// Where an SSL keeps the key of its session. Asio has the app data for itself.
int KeyIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeKey);
  return index;
}

int SessionsIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

struct TlsClient::Sessions {
  std::map<std::string, SessionPtr> by_key;

  static int Keep(SSL* ssl, SSL_SESSION* session) {
    auto* const self =
        static_cast<Sessions*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), SessionsIndex()));
    const auto* const key = static_cast<const std::string*>(SSL_get_ex_data(ssl, KeyIndex()));
    if (self == nullptr || key == nullptr) return 0;
    // Relays are few; whoever has more names than this loses resumption, nothing else.
    if (self->by_key.size() >= kSessionsMax && self->by_key.count(*key) == 0) self->by_key.clear();
    // A copy, for OpenSSL spoils the session of a connection that ends without close_notify, as
    // ours do after QUIT.
    self->by_key[*key] = SessionPtr(SSL_SESSION_dup(session));
    return 0;
  }

  // A TLS 1.3 ticket is used once (RFC 8446 appendix C.4), a TLS 1.2 session as often as the relay
  // likes.
  SessionPtr Take(const std::string& key) {
    const auto found = by_key.find(key);
    if (found == by_key.end()) return nullptr;
    if (SSL_SESSION_get_protocol_version(found->second.get()) >= TLS1_3_VERSION) {
      SessionPtr session = std::move(found->second);
      by_key.erase(found);
      return session;
    }
    return SessionPtr(SSL_SESSION_dup(found->second.get()));
  }
};

TlsClient::TlsClient()
    : context_(boost::asio::ssl::context::tls_client), sessions_(std::make_unique<Sessions>()) {}

TlsClient::~TlsClient() { SSL_CTX_set_ex_data(context_.native_handle(), SessionsIndex(), nullptr); }

absl::StatusOr<std::shared_ptr<TlsClient>> TlsClient::Create(const std::string& ca_file) {
  std::shared_ptr<TlsClient> client(new TlsClient);
  SSL_CTX* const ctx = client->context_.native_handle();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  if (ca_file.empty()) {
    client->context_.set_default_verify_paths(error);
  } else {
    client->context_.load_verify_file(ca_file, error);
  }
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate authorities ", ca_file, ": ", error.message()));
  }
  SSL_CTX_set_ex_data(ctx, SessionsIndex(), client->sessions_.get());
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, &Sessions::Keep);
  return client;
}

absl::Status TlsClient::Prepare(SSL* ssl, const std::string& name, bool verify) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(name, not_an_address);
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool good = !name.empty();
  if (!not_an_address) {
    good = good && X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str()) == 1;
  } else {
    good = good && X509_VERIFY_PARAM_set1_host(param, name.data(), name.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  }
  if (!good) return absl::InvalidArgumentError(absl::StrCat("not a name for TLS: '", name, "'"));
  // With VERIFY_NONE a client still checks, and only notes what it found.
  SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  std::string key = absl::StrCat(verify ? "verified " : "any ", name);
  if (const SessionPtr session = sessions_->Take(key)) SSL_set_session(ssl, session.get());
  auto owned = std::make_unique<std::string>(std::move(key));
  if (SSL_set_ex_data(ssl, KeyIndex(), owned.get()) == 1) owned.release();
  return absl::OkStatus();
}

TlsFacts TlsClient::Facts(SSL* ssl) {
  TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  if (const char* const cipher = SSL_get_cipher_name(ssl)) facts.cipher = cipher;
  const X509* const certificate = SSL_get0_peer_certificate(ssl);
  facts.verified = certificate != nullptr && SSL_get_verify_result(ssl) == X509_V_OK;
  std::tm end{};
  if (certificate != nullptr && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1)
    facts.not_after = absl::FromTM(end, absl::UTCTimeZone());
  return facts;
}

ChannelBinding TlsClient::Binding(SSL* ssl) {
  ChannelBinding binding;
  if (SSL_version(ssl) >= TLS1_3_VERSION) {
    constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    binding.bytes.resize(32);
    auto* const out = reinterpret_cast<unsigned char*>(binding.bytes.data());
    if (SSL_export_keying_material(ssl, out, binding.bytes.size(), kLabel.data(), kLabel.size(),
                                   reinterpret_cast<const unsigned char*>(""), 0, 1) == 1) {
      binding.type = "tls-exporter";
    }
    return binding;
  }
  X509* const certificate = SSL_get0_peer_certificate(ssl);
  int hash = NID_undef;
  if (certificate == nullptr ||
      X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1) {
    return binding;
  }
  // RFC 5929 4.1: the hash of its signature, but nothing weaker than SHA-256.
  if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
  const EVP_MD* const digest = EVP_get_digestbynid(hash);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (digest != nullptr && X509_digest(certificate, digest, bytes, &size) == 1) {
    binding.type = "tls-server-end-point";
    binding.bytes.assign(reinterpret_cast<const char*>(bytes), size);
  }
  return binding;
}

std::string TlsClient::CertificateTrouble(SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

}  // namespace posthaste::smtp
