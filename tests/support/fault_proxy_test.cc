#include "tests/support/fault_proxy.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/task.h"
#include "tests/support/poll.h"
#include "tests/support/run_task.h"

namespace posthaste {
namespace {

using asio::ip::tcp;

// Both ends of a connection through the proxy, on the test's loop.
class FaultProxyTest : public ::testing::Test {
 protected:
  FaultProxyTest() : acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}) {
    proxy_ = std::make_unique<FaultProxy>(acceptor_.local_endpoint().port());
  }

  void Connect() {
    client_.connect({asio::ip::address_v4::loopback(), proxy_->port()});
    acceptor_.accept(server_);
  }

  static Task<std::string> Read(tcp::socket& socket, size_t size) {
    std::string bytes(size, '\0');
    const auto [error, got] = co_await asio::async_read(socket, asio::buffer(bytes), kAsTuple);
    bytes.resize(got);
    if (error) bytes += error == asio::error::eof ? "<end>" : "<reset>";
    co_return bytes;
  }
  std::string Heard(tcp::socket& socket, size_t size) { return RunTask(loop_, Read(socket, size)); }
  bool Silent(tcp::socket& socket) {
    return !PollUntil(absl::Milliseconds(30), [&] { return socket.available() > 0; });
  }

  Loop loop_{1};
  tcp::acceptor acceptor_;
  tcp::socket client_{loop_}, server_{loop_};
  std::unique_ptr<FaultProxy> proxy_;
};

TEST_F(FaultProxyTest, PassesBothWaysAlsoInDrips) {
  Connect();
  proxy_->Set(FaultProxy::Mode::kDrip);
  client_.send(asio::buffer("ping", 4));
  EXPECT_EQ(Heard(server_, 4), "ping");
  server_.send(asio::buffer("pong", 4));
  EXPECT_EQ(Heard(client_, 4), "pong");
}

TEST_F(FaultProxyTest, HoldsBackInABlackHoleAndPassesAfterwards) {
  Connect();
  proxy_->Set(FaultProxy::Mode::kBlackhole);
  client_.send(asio::buffer("ping", 4));
  EXPECT_TRUE(Silent(server_));
  proxy_->Set(FaultProxy::Mode::kSwallow);
  EXPECT_EQ(Heard(server_, 4), "ping");
  server_.send(asio::buffer("pong", 4));
  EXPECT_TRUE(Silent(client_));
  proxy_->Set(FaultProxy::Mode::kPass);
  EXPECT_EQ(Heard(client_, 4), "pong");
}

TEST_F(FaultProxyTest, CutsWithResetOrAfterSoManyBytes) {
  proxy_->CutAfter(2);
  Connect();
  server_.send(asio::buffer("pong", 4));
  EXPECT_EQ(Heard(client_, 4), "po<end>");
  client_.close();
  server_.close();
  Connect();
  client_.send(asio::buffer("ping", 4));
  EXPECT_EQ(Heard(server_, 4), "ping");
  proxy_->Cut(true);
  EXPECT_EQ(Heard(client_, 1), "<reset>");
}

TEST_F(FaultProxyTest, RefusesNewConnectionsAndKeepsTheOld) {
  Connect();
  proxy_->Set(FaultProxy::Mode::kRefuse);
  tcp::socket other(loop_);
  other.connect({asio::ip::address_v4::loopback(), proxy_->port()});
  EXPECT_EQ(Heard(other, 1), "<end>");
  client_.send(asio::buffer("ping", 4));
  EXPECT_EQ(Heard(server_, 4), "ping");
}

}  // namespace
}  // namespace posthaste
