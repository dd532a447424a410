// What a session of a FaultRelay does at each step of an act.
#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <utility>

#include "tests/support/relay_session.h"

namespace posthaste {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kLook{5};  // At a gate, or deaf.

bool Established(tcp::socket& socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  const int fd = socket.native_handle();
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_ESTABLISHED;
}

}  // namespace

Task<bool> RelaySession::Do(const Step& step) {
  bool open = true;
  switch (step.kind) {
    case Step::Kind::kSay:
      out_ += step.bytes;
      said_ = std::atoi(step.bytes.substr(0, 3).c_str());
      co_return true;
    case Step::Kind::kKeep:
      book_.Keep(moment_.recipient, mail_);
      co_return true;
    case Step::Kind::kDrip:
      said_ = std::atoi(step.bytes.substr(0, 3).c_str());
      open = co_await Drip(step);
      co_return open;
    case Step::Kind::kWait:
      open = co_await Pause(step.pause);
      co_return open;
    case Step::Kind::kGate:
      open = co_await Pass();
      co_return open;
    case Step::Kind::kHang:
      co_await Hang();
      co_return false;
    case Step::Kind::kDeaf:
      co_await Deaf();
      co_return false;
    case Step::Kind::kClose:
      co_await Finish();
      co_return false;
    case Step::Kind::kReset:
      co_await Flush();
      End(true);
      co_return false;
  }
  co_return true;
}

Task<bool> RelaySession::Drip(const Step& step) {
  bool open = co_await Flush();
  for (const char byte : step.bytes) {
    if (open) open = co_await Pause(step.pause);
    out_ = byte;
    if (open) open = co_await Flush();
  }
  co_return open;
}

Task<bool> RelaySession::Pass() {
  co_await Flush();
  ++book_.held;
  bool open = true;
  while (open && !book_.gate_open) {
    timer_.expires_after(kLook);
    co_await timer_.async_wait(kAsTuple);
    open = socket_.is_open();
  }
  --book_.held;
  co_return open;
}

Task<void> RelaySession::Hang() {
  bool there = co_await Flush();
  ++book_.held;
  while (there) {
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(chunk_), kAsTuple);
    there = !error;
  }
  --book_.held;
}

Task<void> RelaySession::Deaf() {
  co_await Flush();
  ++book_.held;
  while (socket_.is_open() && Established(socket_)) {
    timer_.expires_after(kLook);
    co_await timer_.async_wait(kAsTuple);
  }
  --book_.held;
}

// FIN, and then whatever the client still says is read, so that no RST takes back what was said.
Task<void> RelaySession::Finish() {
  bool there = co_await Flush();
  ErrorCode ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  while (there) {
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(chunk_), kAsTuple);
    if (!error && tls_ == nullptr) unread_.append(chunk_.data(), size);
    there = !error;
  }
}

Task<bool> RelaySession::Flush() {
  if (out_.empty()) co_return socket_.is_open();
  const std::string bytes = std::exchange(out_, {});
  if (tls_ != nullptr) {
    const auto [error, size] = co_await asio::async_write(*tls_, asio::buffer(bytes), kAsTuple);
    co_return !error;
  }
  const auto [error, size] = co_await asio::async_write(socket_, asio::buffer(bytes), kAsTuple);
  co_return !error;
}

// More bytes, after all that was to be said was said.
Task<bool> RelaySession::ReadMore() {
  const bool said = co_await Flush();
  if (!said) co_return false;
  if (tls_ != nullptr) {
    const auto [error, size] = co_await tls_->async_read_some(asio::buffer(chunk_), kAsTuple);
    if (!error) unread_.append(chunk_.data(), size);
    co_return !error;
  }
  const auto [error, size] = co_await socket_.async_read_some(asio::buffer(chunk_), kAsTuple);
  if (!error) unread_.append(chunk_.data(), size);
  co_return !error;
}

Task<bool> RelaySession::Pause(absl::Duration pause) {
  const bool said = co_await Flush();
  if (!said || pause <= absl::ZeroDuration()) co_return said;
  timer_.expires_after(absl::ToChronoNanoseconds(pause));
  co_await timer_.async_wait(kAsTuple);
  co_return socket_.is_open();
}

}  // namespace posthaste
