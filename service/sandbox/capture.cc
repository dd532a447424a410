#include "service/sandbox/capture.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/task.h"
#include "service/sandbox/capture_dialogue.h"

namespace posthaste::sandbox {
namespace {

using asio::ip::tcp;

struct Connection {
  explicit Connection(tcp::socket connected)
      : socket(std::move(connected)), watchdog(socket.get_executor()) {}

  void Close() {
    boost::system::error_code ignored;
    socket.close(ignored);
    watchdog.cancel();
  }

  tcp::socket socket;
  asio::steady_timer watchdog;
  CaptureDialogue dialogue;
  std::string unread;
};

// Closes the socket if the limit passes before it is called again.
void Watch(const std::shared_ptr<Connection>& connection, absl::Duration limit) {
  connection->watchdog.expires_after(absl::ToChronoNanoseconds(limit));
  connection->watchdog.async_wait([connection](boost::system::error_code error) {
    if (!error) connection->Close();
  });
}

}  // namespace

struct CaptureServer::Impl {
  Impl(InboxWriter writer, CaptureLimits wanted) : inbox(std::move(writer)), limits(wanted) {}

  Loop loop{1};
  tcp::acceptor acceptor{loop};
  InboxWriter inbox;
  const CaptureLimits limits;
  std::set<std::shared_ptr<Connection>> connections;  // On the loop.
  std::thread thread;
  uint16_t port = 0;

  Task<void> Accept();
  Task<void> Serve(std::shared_ptr<Connection> connection);
  bool Answer(Connection& connection, std::string& replies);
};

// Takes every whole line; false when the session is over.
bool CaptureServer::Impl::Answer(Connection& connection, std::string& replies) {
  size_t begin = 0;
  bool open = true;
  for (size_t end = 0; open && (end = connection.unread.find("\r\n", begin)) != std::string::npos;
       begin = end + 2) {
    const std::string_view line = std::string_view(connection.unread).substr(begin, end - begin);
    CaptureDialogue::Turn turn = connection.dialogue.Heard(line);
    if (turn.store) {
      turn.reply = connection.dialogue.Stored(
          inbox.Store(connection.dialogue.envelope(), connection.dialogue.message()));
    }
    replies += turn.reply;
    open = !turn.close;
  }
  connection.unread.erase(0, begin);
  if (open && connection.unread.size() > limits.line_bytes) {
    replies += "500 5.5.2 Line too long, closing\r\n";
    open = false;
  }
  return open;
}

Task<void> CaptureServer::Impl::Serve(std::shared_ptr<Connection> connection) {
  std::string replies = connection->dialogue.Greeting();
  std::string chunk(16 * 1024, '\0');
  bool open = true;
  for (;;) {
    Watch(connection, limits.idle);
    if (!replies.empty()) {
      const auto [error, size] =
          co_await asio::async_write(connection->socket, asio::buffer(replies), kAsTuple);
      if (error) break;
      replies.clear();
    }
    if (!open) break;
    const auto [error, size] =
        co_await connection->socket.async_read_some(asio::buffer(chunk), kAsTuple);
    if (error) break;
    connection->unread.append(chunk, 0, size);
    open = Answer(*connection, replies);
  }
  boost::system::error_code ignored;
  connection->socket.shutdown(tcp::socket::shutdown_send, ignored);
  connection->Close();
  connections.erase(connection);
}

Task<void> CaptureServer::Impl::Accept() {
  const std::string full = "421 4.3.2 Too many connections, come back later\r\n";
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (!acceptor.is_open()) co_return;
    if (error) {  // Out of file descriptors, or the client has gone.
      asio::steady_timer pause(loop, std::chrono::milliseconds(50));
      co_await pause.async_wait(kAsTuple);
      continue;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (connections.size() >= static_cast<size_t>(limits.sessions)) {
      socket.write_some(asio::buffer(full), ignored);
      continue;
    }
    auto connection = std::make_shared<Connection>(std::move(socket));
    connections.insert(connection);
    asio::co_spawn(loop, Serve(connection), asio::detached);
  }
}

absl::StatusOr<std::unique_ptr<CaptureServer>> CaptureServer::Start(uint16_t port,
                                                                    InboxWriter inbox,
                                                                    CaptureLimits limits) {
  auto impl = std::make_unique<Impl>(std::move(inbox), limits);
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("capture SMTP: cannot listen on 127.0.0.1:", port, ": ", error.message()));
  }
  impl->port = impl->acceptor.local_endpoint(error).port();
  asio::co_spawn(impl->loop, impl->Accept(), asio::detached);
  impl->thread = std::thread([loop = &impl->loop] { loop->run(); });
  return std::unique_ptr<CaptureServer>(new CaptureServer(std::move(impl)));
}

CaptureServer::CaptureServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CaptureServer::~CaptureServer() {
  asio::post(impl_->loop, [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    for (const std::shared_ptr<Connection>& connection : impl->connections) connection->Close();
  });
  impl_->thread.join();
}

uint16_t CaptureServer::port() const { return impl_->port; }

}  // namespace posthaste::sandbox
