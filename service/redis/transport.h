// Bytes to and from Redis over TCP, a Unix socket or TLS.
//
// Callback style: the connection above runs a read and a write side by side, which as coroutines
// would have to be spawned detached, and only service/api, worker and ops may spawn.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/task.h"
#include "service/redis/options.h"
#include "service/redis/tls.h"

namespace posthaste::redis {

// REQUIRES: every handler keeps the owner of the transport alive; all calls come from the loop's
// thread.
class Transport {
 public:
  using Error = boost::system::error_code;
  using IoHandler = absl::AnyInvocable<void(Error, size_t)>;
  using OpenHandler = absl::AnyInvocable<void(absl::Status)>;

  // `tls` is null for plain text. `options` must outlive the transport.
  Transport(Loop& loop, const ClientOptions& options, TlsContext tls);

  // Resolves, connects to the first address that answers, shakes hands. UNAVAILABLE says which step
  // failed and why. Has no limit of its own: the owner calls Close when its patience ends.
  void Open(OpenHandler handler);

  // REQUIRES: open; one read and one write at a time.
  void ReadSome(asio::mutable_buffer into, IoHandler handler);
  void Write(asio::const_buffer bytes, IoHandler handler);

  // Cuts the connection; what runs ends with operation_aborted. There is no close_notify: RESP says
  // itself where a reply ends.
  void Close();

 private:
  using Socket = asio::generic::stream_protocol::socket;
  using Endpoints = std::vector<asio::generic::stream_protocol::endpoint>;

  void Connect(Endpoints endpoints, OpenHandler handler);
  void Handshake(OpenHandler handler);
  absl::Status Failed(const char* step, const std::string& why) const;

  const ClientOptions& options_;
  const TlsContext context_;
  asio::ip::tcp::resolver resolver_;
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  bool closed_ = false;
};

}  // namespace posthaste::redis
