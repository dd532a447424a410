#include "service/redis/transport.h"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "absl/strings/str_cat.h"

namespace posthaste::redis {

using asio::ip::tcp;

Transport::Transport(Loop& loop, const ClientOptions& options, TlsContext tls)
    : options_(options), context_(std::move(tls)), resolver_(loop), socket_(loop) {}

absl::Status Transport::Failed(const char* step, const std::string& why) const {
  return absl::UnavailableError(absl::StrCat(Where(options_), ": ", step, ": ", why));
}

void Transport::Open(OpenHandler handler) {
  if (!options_.unix_path.empty()) {
    Endpoints one;
    one.emplace_back(asio::local::stream_protocol::endpoint(options_.unix_path));
    return Connect(std::move(one), std::move(handler));
  }
  Error not_an_address;
  const auto address = asio::ip::make_address(options_.host, not_an_address);
  if (!not_an_address) {
    Endpoints one;
    one.emplace_back(tcp::endpoint(address, options_.port));
    return Connect(std::move(one), std::move(handler));
  }
  resolver_.async_resolve(
      options_.host, std::to_string(options_.port), tcp::resolver::numeric_service,
      [this, handler = std::move(handler)](const Error& error,
                                           const tcp::resolver::results_type& found) mutable {
        if (error) return handler(Failed("cannot resolve", error.message()));
        Endpoints endpoints;
        for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
        Connect(std::move(endpoints), std::move(handler));
      });
}

void Transport::Connect(Endpoints endpoints, OpenHandler handler) {
  if (closed_) return handler(Failed("connect", "closed"));
  asio::async_connect(
      socket_, endpoints,  // Copied by Asio.
      [this, handler = std::move(handler)](const Error& error, const auto&) mutable {
        if (error) return handler(Failed("cannot connect", error.message()));
        if (closed_) return handler(Failed("connect", "closed"));
        Error ignored;  // Without these options a connection works, only worse.
        if (options_.unix_path.empty()) {
          socket_.set_option(tcp::no_delay(true), ignored);
          socket_.set_option(asio::socket_base::keep_alive(true), ignored);
        }
        if (context_ == nullptr) return handler(absl::OkStatus());
        Handshake(std::move(handler));
      });
}

void Transport::Handshake(OpenHandler handler) {
  tls_.emplace(socket_, *context_);
  const std::string& name =
      options_.tls.server_name.empty() ? options_.host : options_.tls.server_name;
  const absl::Status expected = ExpectServer(tls_->native_handle(), name);
  if (!expected.ok()) return handler(Failed("tls", std::string(expected.message())));
  tls_->async_handshake(asio::ssl::stream_base::client, [this, handler = std::move(handler)](
                                                            const Error& error) mutable {
    if (!error) return handler(absl::OkStatus());
    handler(Failed("tls", HandshakeTrouble(tls_->native_handle(), error.message())));
  });
}

void Transport::ReadSome(asio::mutable_buffer into, IoHandler handler) {
  if (tls_) return tls_->async_read_some(into, std::move(handler));
  socket_.async_read_some(into, std::move(handler));
}

void Transport::Write(asio::const_buffer bytes, IoHandler handler) {
  if (tls_) return asio::async_write(*tls_, bytes, std::move(handler));
  asio::async_write(socket_, bytes, std::move(handler));
}

void Transport::Close() {
  closed_ = true;
  resolver_.cancel();
  Error ignored;
  socket_.close(ignored);
}

}  // namespace posthaste::redis
