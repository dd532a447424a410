// The real Stream: a TCP connection, later perhaps TLS over it (RFC 3207, RFC 8314).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "smtp/stream.h"
#include "smtp/tls.h"

namespace posthaste::smtp {

// Lives on one loop. Destruction closes; nothing may be waiting in it then.
class TcpStream final : public Stream {
 public:
  // Takes over `socket`, which is connected and belongs to `loop`. `tls` is for StartTls and is
  // kept alive; without it StartTls fails.
  TcpStream(Loop& loop, std::shared_ptr<TlsClient> tls, asio::ip::tcp::socket socket);
  ~TcpStream() override;

  Task<absl::StatusOr<size_t>> Read(char* buffer, size_t size) override;
  Task<absl::Status> Write(std::string_view bytes) override;
  Task<absl::Status> WriteUnlessAnswered(std::string_view bytes) override;
  // UNAUTHENTICATED: the certificate is not good (only if `verify`). UNAVAILABLE: the handshake
  // failed otherwise.
  Task<absl::Status> StartTls(const std::string& name, bool verify) override;
  void ExpireAt(SteadyTime at) override;
  bool Stale() override;
  void Close() override;
  TlsFacts Tls() const override;
  ChannelBinding Binding() const override;
  std::string Peer() const override { return peer_; }

 private:
  struct Wire;
  absl::Status Failed(const std::string& what, const boost::system::error_code& error) const;

  std::shared_ptr<Wire> wire_;  // Shared with the watchdog's handler, which holds it weakly.
  std::shared_ptr<TlsClient> tls_client_;
  std::string peer_;
};

}  // namespace posthaste::smtp
