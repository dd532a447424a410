#include "smtp/tcp_stream.h"

#include <sys/socket.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp/eyeballs.h"

namespace posthaste::smtp {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// What the kernel holds for a relay that has stopped reading. Left to itself it grows to megabytes,
// which is more than any mail of ours: the body would seem to have arrived, and the dot with it.
constexpr int kSendBytes = 64 * 1024;

// The connection and the one timer that watches over it.
struct TcpStream::Wire : std::enable_shared_from_this<TcpStream::Wire> {
  Wire(Loop& loop, tcp::socket connected) : socket(std::move(connected)), timer(loop) {}

  tcp::socket socket;
  std::unique_ptr<asio::ssl::stream<tcp::socket&>> tls;  // Null = in clear.
  asio::steady_timer timer;
  SteadyTime limit = SteadyTime::max();
  SteadyTime armed = SteadyTime::max();  // When the timer fires; max = not running.
  bool expired = false;
  bool closed = false;
  bool listening = false;  // During a write: anything to read ends it.
  bool answered = false;

  // One wait at a time: nobody reads meanwhile.
  void Listen() {
    listening = true;
    socket.async_wait(tcp::socket::wait_read, [weak = weak_from_this()](const ErrorCode& error) {
      const auto self = weak.lock();
      if (self == nullptr || error || !self->listening || self->closed) return;
      self->answered = true;
      // Cancelling alone would miss a write that is between two of its parts.
      ErrorCode ignored;
      self->socket.shutdown(tcp::socket::shutdown_send, ignored);
      self->socket.cancel(ignored);
    });
  }

  void StopListening() {
    listening = false;
    ErrorCode ignored;
    if (!answered && !closed) socket.cancel(ignored);
  }

  void Arm(SteadyTime at) {
    armed = at;
    timer.expires_at(at);
    timer.async_wait([weak = weak_from_this(), at](const ErrorCode& error) {
      if (error) return;
      // A handler that was already queued when the timer was armed anew still comes with success;
      // `at` tells.
      const auto self = weak.lock();
      if (self == nullptr || self->armed != at) return;
      self->armed = SteadyTime::max();
      if (self->limit == SteadyTime::max() || self->closed) return;
      if (self->limit > std::chrono::steady_clock::now()) return self->Arm(self->limit);
      self->expired = true;
      self->CloseSocket();
    });
  }

  void CloseSocket() {
    closed = true;
    ErrorCode ignored;
    socket.close(ignored);
  }
};

TcpStream::TcpStream(Loop& loop, std::shared_ptr<TlsClient> tls, tcp::socket socket)
    : wire_(std::make_shared<Wire>(loop, std::move(socket))), tls_client_(std::move(tls)) {
  ErrorCode gone;
  const tcp::endpoint peer = wire_->socket.remote_endpoint(gone);
  if (!gone) peer_ = ToString(peer);
  ErrorCode ignored;
  wire_->socket.set_option(tcp::no_delay(true), ignored);
  wire_->socket.set_option(asio::socket_base::send_buffer_size(kSendBytes), ignored);
}

TcpStream::~TcpStream() { Close(); }

absl::Status TcpStream::Failed(const std::string& what, const ErrorCode& error) const {
  if (wire_->expired) return absl::DeadlineExceededError(absl::StrCat(what, ": time limit"));
  if (wire_->closed) return absl::CancelledError(absl::StrCat(what, ": closed"));
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return absl::UnavailableError(absl::StrCat(what, ": closed by the relay"));
  }
  return absl::UnavailableError(absl::StrCat(what, ": ", error.message()));
}

Task<absl::StatusOr<size_t>> TcpStream::Read(char* buffer, size_t size) {
  const asio::mutable_buffer into(buffer, size);
  if (wire_->tls != nullptr) {
    auto [error, n] = co_await wire_->tls->async_read_some(into, kAsTuple);
    if (error) co_return Failed("read", error);
    co_return n;
  }
  auto [error, n] = co_await wire_->socket.async_read_some(into, kAsTuple);
  if (error) co_return Failed("read", error);
  co_return n;
}

Task<absl::Status> TcpStream::Write(std::string_view bytes) {
  const asio::const_buffer from(bytes.data(), bytes.size());
  if (wire_->tls != nullptr) {
    auto [error, n] = co_await asio::async_write(*wire_->tls, from, kAsTuple);
    if (error) co_return Failed("write", error);
    co_return absl::OkStatus();
  }
  auto [error, n] = co_await asio::async_write(wire_->socket, from, kAsTuple);
  if (error) co_return Failed("write", error);
  co_return absl::OkStatus();
}

Task<absl::Status> TcpStream::WriteUnlessAnswered(std::string_view bytes) {
  if (Stale()) co_return absl::AbortedError("write: answered before it");
  wire_->Listen();
  absl::Status status = co_await Write(bytes);
  wire_->StopListening();
  if (wire_->answered && !wire_->expired) status = absl::AbortedError("write: answered during it");
  co_return status;
}

Task<absl::Status> TcpStream::StartTls(const std::string& name, bool verify) {
  if (wire_->tls != nullptr) co_return absl::FailedPreconditionError("TLS is already on");
  if (tls_client_ == nullptr) co_return absl::FailedPreconditionError("no authorities for TLS");
  auto tls =
      std::make_unique<asio::ssl::stream<tcp::socket&>>(wire_->socket, tls_client_->context());
  SSL* const ssl = tls->native_handle();
  const absl::Status prepared = tls_client_->Prepare(ssl, name, verify);
  if (!prepared.ok()) co_return prepared;
  wire_->tls = std::move(tls);
  auto [error] = co_await wire_->tls->async_handshake(asio::ssl::stream_base::client, kAsTuple);
  if (!error) co_return absl::OkStatus();
  const absl::Status failed = Failed("TLS handshake", error);
  if (failed.code() == absl::StatusCode::kUnavailable && verify) {
    const std::string trouble = TlsClient::CertificateTrouble(ssl);
    if (!trouble.empty())
      co_return absl::UnauthenticatedError(absl::StrCat("certificate: ", trouble));
  }
  co_return failed;
}

void TcpStream::ExpireAt(SteadyTime at) {
  wire_->limit = at;
  if (at < wire_->armed && !wire_->closed) wire_->Arm(at);
}

bool TcpStream::Stale() {
  if (wire_->closed || !wire_->socket.is_open()) return true;
  if (wire_->tls != nullptr && SSL_pending(wire_->tls->native_handle()) > 0) return true;
  char byte;
  const ssize_t n = recv(wire_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void TcpStream::Close() {
  if (!wire_->closed) wire_->CloseSocket();
  wire_->timer.cancel();
}

TlsFacts TcpStream::Tls() const {
  return wire_->tls == nullptr ? TlsFacts() : TlsClient::Facts(wire_->tls->native_handle());
}

ChannelBinding TcpStream::Binding() const {
  return wire_->tls == nullptr ? ChannelBinding() : TlsClient::Binding(wire_->tls->native_handle());
}

}  // namespace posthaste::smtp
