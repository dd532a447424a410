#include "service/ops/tls.h"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "service/config/server_certificate.h"

namespace posthaste::ops {
namespace {

namespace ssl = asio::ssl;

constexpr std::string_view kSessions = "posthaste-ops";  // Whose sessions may be resumed here.

asio::const_buffer Bytes(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

absl::StatusOr<Tls::Context> Tls::Read(const config::v1::TlsServer& config) {
  const absl::StatusOr<config::ServerCertificate> read =
      config::ReadServerCertificate(config, "ops.tls");
  if (!read.ok()) return read.status();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>(kSessions.data()),
                                 kSessions.size());
  boost::system::error_code error;
  context->use_certificate_chain(Bytes(read->chain), error);
  if (!error) context->use_private_key(Bytes(read->key.Reveal()), ssl::context::pem, error);
  if (!error && !read->client_ca.empty()) {
    context->add_certificate_authority(Bytes(read->client_ca), error);
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  if (error) return absl::InvalidArgumentError(absl::StrCat("ops.tls: ", error.message()));
  return context;
}

absl::StatusOr<std::shared_ptr<Tls>> Tls::Make(const config::v1::TlsServer& config) {
  absl::StatusOr<Context> first = Read(config);
  if (!first.ok()) return first.status();
  return std::shared_ptr<Tls>(new Tls(*std::move(first)));
}

void Tls::Show(Context next) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(next);
}

Tls::Context Tls::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace posthaste::ops
