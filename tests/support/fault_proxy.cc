#include "tests/support/fault_proxy.h"

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/task.h"

namespace posthaste {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds kLook{2};

struct Pair {
  Pair(tcp::socket connected, Loop& loop)
      : client(std::move(connected)),
        server(loop),
        wake{asio::steady_timer(loop), asio::steady_timer(loop)} {}

  void End(bool reset) {
    boost::system::error_code ignored;
    if (reset) {
      client.set_option(asio::socket_base::linger(true, 0), ignored);
      server.set_option(asio::socket_base::linger(true, 0), ignored);
    }
    client.close(ignored);
    server.close(ignored);
    for (asio::steady_timer& timer : wake) timer.cancel();
  }

  tcp::socket client, server;
  std::array<asio::steady_timer, 2> wake;
  int64_t cut_after = -1;  // Bytes towards the client; -1 = never.
};
using PairPtr = std::shared_ptr<Pair>;

}  // namespace

struct FaultProxy::Impl {
  Loop loop{1};
  tcp::acceptor acceptor{loop};
  uint16_t target = 0;
  std::set<PairPtr> pairs;  // On the loop.
  std::thread thread;
  std::atomic<Mode> mode{Mode::kPass};
  std::atomic<int64_t> delay_us{0}, cut_after{-1};
  std::atomic<int> connections{0};

  Task<void> Accept();
  Task<void> Join(PairPtr pair);
  Task<void> Carry(PairPtr pair, bool to_client);
  Task<bool> Pass(PairPtr pair, bool to_client, std::string bytes);
  Task<void> Pause(Pair& pair, bool to_client, std::chrono::nanoseconds pause);
};

Task<void> FaultProxy::Impl::Pause(Pair& pair, bool to_client, std::chrono::nanoseconds pause) {
  asio::steady_timer& timer = pair.wake[to_client ? 1 : 0];
  timer.expires_after(pause);
  co_await timer.async_wait(kAsTuple);
}

// False when the connection is over.
Task<bool> FaultProxy::Impl::Pass(PairPtr pair, bool to_client, std::string bytes) {
  tcp::socket& to = to_client ? pair->client : pair->server;
  const bool held = to_client && mode == Mode::kSwallow;
  while (mode == Mode::kBlackhole || (held && mode == Mode::kSwallow)) {
    co_await Pause(*pair, to_client, kLook);
    if (!to.is_open()) co_return false;
  }
  const std::chrono::microseconds delay(delay_us.load());
  const size_t piece = mode == Mode::kDrip ? 1 : bytes.size();
  for (size_t at = 0; at < bytes.size(); at += piece) {
    if (delay.count() > 0) co_await Pause(*pair, to_client, delay);
    std::string part = bytes.substr(at, piece);
    if (to_client && pair->cut_after >= 0) {
      part.resize(std::min<size_t>(part.size(), static_cast<size_t>(pair->cut_after)));
      pair->cut_after -= static_cast<int64_t>(part.size());
    }
    const auto [error, size] = co_await asio::async_write(to, asio::buffer(part), kAsTuple);
    if (error || (to_client && pair->cut_after == 0)) co_return false;
  }
  co_return true;
}

Task<void> FaultProxy::Impl::Carry(PairPtr pair, bool to_client) {
  tcp::socket& from = to_client ? pair->server : pair->client;
  std::string buffer(64 * 1024, '\0');
  bool open = true;
  while (open) {
    const auto [error, size] = co_await from.async_read_some(asio::buffer(buffer), kAsTuple);
    if (error) break;
    std::string bytes = buffer.substr(0, size);
    open = co_await Pass(pair, to_client, std::move(bytes));
  }
  pair->End(false);
  pairs.erase(pair);
}

Task<void> FaultProxy::Impl::Join(PairPtr pair) {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), target);
  const auto [error] = co_await pair->server.async_connect(endpoint, kAsTuple);
  boost::system::error_code ignored;
  pair->client.set_option(tcp::no_delay(true), ignored);
  pair->server.set_option(tcp::no_delay(true), ignored);
  if (error) {
    pair->End(false);
    pairs.erase(pair);
    co_return;
  }
  asio::co_spawn(loop, Carry(pair, false), asio::detached);
  asio::co_spawn(loop, Carry(pair, true), asio::detached);
}

Task<void> FaultProxy::Impl::Accept() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (error) continue;
    ++connections;
    if (mode == Mode::kRefuse) continue;
    auto pair = std::make_shared<Pair>(std::move(socket), loop);
    pair->cut_after = cut_after.exchange(-1);
    pairs.insert(pair);
    asio::co_spawn(loop, Join(std::move(pair)), asio::detached);
  }
}

FaultProxy::FaultProxy(uint16_t target) : impl_(std::make_unique<Impl>()) {
  impl_->target = target;
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), 0);
  impl_->acceptor.open(endpoint.protocol(), error);
  if (!error) impl_->acceptor.bind(endpoint, error);
  if (!error) impl_->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) throw std::runtime_error("the proxy cannot listen: " + error.message());
  asio::co_spawn(impl_->loop, impl_->Accept(), asio::detached);
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop.run(); });
}

FaultProxy::~FaultProxy() {
  asio::post(impl_->loop, [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    for (const PairPtr& pair : impl->pairs) pair->End(false);
  });
  impl_->thread.join();
}

uint16_t FaultProxy::port() const {
  boost::system::error_code ignored;
  return impl_->acceptor.local_endpoint(ignored).port();
}
void FaultProxy::Set(Mode mode) { impl_->mode = mode; }
void FaultProxy::SetDelay(absl::Duration delay) {
  impl_->delay_us = absl::ToInt64Microseconds(delay);
}
void FaultProxy::CutAfter(int64_t bytes) { impl_->cut_after = bytes; }
void FaultProxy::Cut(bool reset) {
  asio::post(impl_->loop, [impl = impl_.get(), reset] {
    for (const PairPtr& pair : impl->pairs) pair->End(reset);
  });
}
int FaultProxy::connections() const { return impl_->connections; }

}  // namespace posthaste
