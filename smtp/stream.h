// A byte stream to a relay: TCP, or TLS over TCP. The seam at which tests put a scripted relay.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task.h"

namespace posthaste::smtp {

// What a TLS session turned out to be; empty version = clear text.
struct TlsFacts {
  std::string version;    // "TLSv1.3"
  std::string cipher;     // "TLS_AES_256_GCM_SHA384"
  bool verified = false;  // Chain and name are good, whether or not they had to be.
  // The end of the peer's own certificate; InfinitePast: it showed none.
  absl::Time not_after = absl::InfinitePast();
};

// How much TLS a relay must have.
enum class TlsLevel : uint8_t {
  kNone,           // Never, even if offered.
  kOpportunistic,  // If offered; whatever its certificate; in clear again on a new connection if
                   // the handshake fails (RFC 7435).
  kRequired,       // Always; whatever its certificate. Credentials are not sent to it.
  kVerified,       // Always, with a chain to a known CA and the relay's name (RFC 9525).
};

// What is the same at both ends of one TLS session and nowhere else (RFC 5056).
struct ChannelBinding {
  std::string type;  // "tls-exporter" (RFC 9266), "tls-server-end-point" (RFC 5929); "" = none.
  std::string bytes;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // Reads what is there, at least one byte, into `buffer`. UNAVAILABLE = the peer closed or reset.
  // What the peer said before that is read first, also after a Write failed: relays say why they
  // close.
  virtual Task<absl::StatusOr<size_t>> Read(char* buffer, size_t size) = 0;

  // Writes all of `bytes`, which must stay alive until it returns.
  virtual Task<absl::Status> Write(std::string_view bytes) = 0;

  // The same, for a peer that may answer before it has everything: ends with ABORTED as soon as the
  // peer says something or closes, also if it takes no more bytes meanwhile. What it said can then
  // be read; nothing more may be written.
  virtual Task<absl::Status> WriteUnlessAnswered(std::string_view bytes) = 0;

  // The TLS handshake as client, on the same connection. `name` is the relay's name, for SNI and
  // verification. With `verify` a certificate that is not good (chain, dates, name) ends it with
  // UNAUTHENTICATED; without, it is only told in Tls(). Any other error means that the handshake
  // did not work; the stream is then of no use.
  virtual Task<absl::Status> StartTls(const std::string& name, bool verify) = 0;

  // Every wait that is under way or begins later fails with DEADLINE_EXCEEDED once steady time
  // passes `at`. One watchdog timer per stream, so setting it is cheap (an Asio `op || timer` costs
  // fifteen times a plain operation).
  virtual void ExpireAt(SteadyTime at) = 0;

  // Whether the peer has closed or said something unasked: looks without waiting, sees no TLS
  // housekeeping (tickets). For idle sessions, and just before the dot.
  virtual bool Stale() = 0;

  virtual void Close() = 0;  // At once; waits that are under way fail with CANCELLED.
  virtual TlsFacts Tls() const = 0;
  virtual ChannelBinding Binding() const = 0;  // After the handshake.
  virtual std::string Peer() const = 0;        // "192.0.2.1:25"
};

// Opens streams. The real one resolves and connects; a test's plays a script.
class Dialer {
 public:
  virtual ~Dialer() = default;
  // `host` a name or address. The handshake of an implicit TLS port is the session's to start.
  // Errors say the phase in words and never a secret: NOT_FOUND (its name
  // has no address), UNAVAILABLE (refused, unreachable), DEADLINE_EXCEEDED.
  virtual Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string& host, uint16_t port,
                                                             SteadyTime deadline) = 0;
};

}  // namespace posthaste::smtp
