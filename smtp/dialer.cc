#include "smtp/dialer.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp/address_guard.h"
#include "smtp/eyeballs.h"
#include "smtp/tcp_stream.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// A look-up runs on Asio's resolver thread and cannot be stopped there. The caller waits on the
// timer, which the answer cancels; an answer that comes too late finds nobody.
struct LookUp {
  explicit LookUp(Loop& loop) : resolver(loop), timer(loop) {}
  tcp::resolver resolver;
  asio::steady_timer timer;
  bool done = false;
  ErrorCode error;
  Endpoints found;
};

Task<absl::StatusOr<Endpoints>> Resolve(Loop& loop, const std::string& host, uint16_t port,
                                        SteadyTime deadline) {
  ErrorCode not_an_address;
  const asio::ip::address literal = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) co_return Endpoints(1, tcp::endpoint(literal, port));
  const auto look_up = std::make_shared<LookUp>(loop);
  look_up->timer.expires_at(deadline);
  look_up->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [look_up](const ErrorCode& error, const tcp::resolver::results_type& results) {
        look_up->done = true;
        look_up->error = error;
        for (const auto& result : results) look_up->found.push_back(result.endpoint());
        look_up->timer.cancel();
      });
  co_await look_up->timer.async_wait(kAsTuple);
  if (!look_up->done) {
    co_return absl::DeadlineExceededError(absl::StrCat("resolve ", host, ": time limit"));
  }
  if (look_up->error) {
    co_return absl::NotFoundError(absl::StrCat("resolve ", host, ": ", look_up->error.message()));
  }
  co_return std::move(look_up->found);
}

// `addresses`, or the one of them that `host` is.
Endpoints Chosen(const std::vector<asio::ip::address>& addresses, const std::string& host,
                 uint16_t port) {
  Endpoints all;
  for (const asio::ip::address& address : addresses) {
    if (address.to_string() == host) return Endpoints(1, tcp::endpoint(address, port));
    all.emplace_back(address, port);
  }
  return all;
}

}  // namespace

TcpDialer::TcpDialer(Loop& loop, std::shared_ptr<TlsClient> tls, bool allow_private,
                     std::vector<asio::ip::address> addresses)
    : loop_(loop),
      tls_(std::move(tls)),
      allow_private_(allow_private),
      addresses_(std::move(addresses)) {}

Task<absl::StatusOr<std::unique_ptr<Stream>>> TcpDialer::Dial(const std::string& host,
                                                              uint16_t port, SteadyTime deadline) {
  Endpoints endpoints = Chosen(addresses_, host, port);
  if (endpoints.empty()) {
    absl::StatusOr<Endpoints> resolved = co_await Resolve(loop_, host, port, deadline);
    if (!resolved.ok()) co_return resolved.status();
    endpoints = *std::move(resolved);
  }
  if (!allow_private_) {
    std::erase_if(endpoints, [](const tcp::endpoint& at) { return !MayConnect(at.address()); });
    if (endpoints.empty()) {
      co_return absl::FailedPreconditionError(absl::StrCat(
          "connect to ", host,
          ": only private addresses or our own, which are not allowed (allow_private)"));
    }
  }
  if (endpoints.empty()) {
    co_return absl::NotFoundError(absl::StrCat("resolve ", host, ": no address"));
  }
  Endpoints order = Interleave(endpoints);
  absl::StatusOr<tcp::socket> socket = co_await ConnectFirst(loop_, std::move(order), deadline);
  if (!socket.ok()) co_return socket.status();
  auto stream = std::make_unique<TcpStream>(loop_, tls_, *std::move(socket));
  stream->ExpireAt(deadline);
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace posthaste::smtp
