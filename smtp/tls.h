// TLS as a client: one context for all relays that trust the same authorities, on one loop.
//
// TLS 1.2 at least (RFC 8996). The certificate's name is matched by RFC 9525: subjectAltName only,
// never the common name, no partial wildcards. Sessions are kept for resumption, apart by name and
// by whether they were verified: a resumed session carries no certificate, so one that was taken
// without verification must never pass for a verified one.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "smtp/stream.h"

namespace posthaste::smtp {

class TlsClient {
 public:
  // `ca_file`: PEM certificates of the authorities to trust instead of the system's; empty = the
  // system's. INVALID_ARGUMENT if it cannot be read. Not thread-safe: one per loop. Outlives the
  // streams that use it.
  static absl::StatusOr<std::shared_ptr<TlsClient>> Create(const std::string& ca_file);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  boost::asio::ssl::context& context() { return context_; }

  // Before the handshake: SNI, the name to match, whether a bad certificate ends it, a session to
  // resume. `name` is a domain name (A-labels) or an address; an address is matched against
  // iPAddress names and not sent as SNI (RFC 6066 section 3). INVALID_ARGUMENT if `name` is
  // neither.
  absl::Status Prepare(SSL* ssl, const std::string& name, bool verify);

  // After the handshake.
  static TlsFacts Facts(SSL* ssl);
  // tls-exporter with TLS 1.3. With TLS 1.2, where it needs an extension that we cannot ask for
  // afterwards, tls-server-end-point; none if the certificate's signature has no hash to take.
  static ChannelBinding Binding(SSL* ssl);
  static bool Resumed(SSL* ssl) { return SSL_session_reused(ssl) == 1; }

  // After a handshake that failed: what was wrong with the certificate ("certificate has expired");
  // "" if nothing was.
  static std::string CertificateTrouble(SSL* ssl);

 private:
  struct Sessions;
  TlsClient();

  boost::asio::ssl::context context_;
  std::unique_ptr<Sessions> sessions_;
};

}  // namespace posthaste::smtp
