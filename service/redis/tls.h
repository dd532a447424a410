// TLS towards Redis: the context from files, and words for what went wrong in a handshake.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/redis/options.h"

namespace posthaste::redis {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 or newer, peer verification on. Null if TLS is not enabled. FAILED_PRECONDITION names the
// setting and the file that could not be read or does not fit.
absl::StatusOr<TlsContext> MakeTlsContext(const TlsOptions& options);

// Demands that the certificate carries `name` (RFC 6125; an IP address is compared as such) and
// announces a DNS name by SNI (RFC 6066). REQUIRES: before the handshake.
absl::Status ExpectServer(SSL* ssl, const std::string& name);

// What the verification found, or `otherwise` if the certificate was not the trouble: "certificate
// not trusted: hostname mismatch".
std::string HandshakeTrouble(SSL* ssl, const std::string& otherwise);

}  // namespace posthaste::redis
