#include "smtp/dialer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "base/clock.h"
#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;

class DialerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Stream>> Dial(
      const std::string& host, uint16_t port, bool allow_private = true,
      std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    TcpDialer dialer(loop_, nullptr, allow_private);
    return RunTask(loop_, dialer.Dial(host, port, SystemClock().Steady() + limit));
  }
  uint16_t port() const { return acceptor_.local_endpoint().port(); }

  Loop loop_;
  tcp::acceptor acceptor_{loop_, {asio::ip::make_address("127.0.0.1"), 0}};
};

TEST_F(DialerTest, ConnectsToAnAddressOrAName) {
  EXPECT_TRUE(Dial("127.0.0.1", port()).ok());
  // Perhaps ::1 comes first, where nobody listens.
  EXPECT_TRUE(Dial("localhost", port()).ok());
}

TEST_F(DialerTest, SaysWhichAddressRefused) {
  const uint16_t closed = FreePort();
  const auto stream = Dial("127.0.0.1", closed);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(stream.status().message(),
            "connect to 127.0.0.1:" + std::to_string(closed) + ": Connection refused");
}

TEST_F(DialerTest, SaysWhichNameDoesNotExist) {
  const auto stream = Dial("no such name.invalid", 25);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(stream.status().message()).find("resolve no such name.invalid"),
            std::string::npos);
}

TEST_F(DialerTest, ARelayThatDropsConnectionsEndsAtTheLimit) {
  // A full backlog drops every further SYN.
  tcp::acceptor full(loop_, tcp::v4());
  full.bind({asio::ip::make_address("127.0.0.1"), 0});
  full.listen(0);
  tcp::socket first(loop_);
  first.connect(full.local_endpoint());
  const SteadyTime begin = SystemClock().Steady();
  const auto stream =
      Dial("127.0.0.1", full.local_endpoint().port(), true, std::chrono::milliseconds(100));
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDeadlineExceeded) << stream.status();
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::seconds(2));
}

TEST_F(DialerTest, RefusesPrivateAddressesAfterResolution) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(Dial(host, port(), false).status().code(), absl::StatusCode::kFailedPrecondition);
  }
  boost::system::error_code nobody;
  acceptor_.non_blocking(true);
  tcp::socket peer(loop_);
  acceptor_.accept(peer, nobody);
  EXPECT_TRUE(nobody) << "no connection was made";
}

TEST_F(DialerTest, RefusesOurOwnAndMappedAddressesOfWhoHasResolvedAlready) {
  for (const char* address : {"127.0.0.1", "::ffff:127.0.0.1", "169.254.1.1", "100.64.1.1"}) {
    TcpDialer dialer(loop_, nullptr, false, {asio::ip::make_address(address)});
    const SteadyTime deadline = SystemClock().Steady() + std::chrono::seconds(5);
    const auto stream = RunTask(loop_, dialer.Dial("mx.example.test", port(), deadline));
    EXPECT_EQ(stream.status().code(), absl::StatusCode::kFailedPrecondition) << address;
  }
}

TEST_F(DialerTest, AnIpv6ThatLeadsNowhereAddsLessThan300Milliseconds) {
  // A full backlog drops every further SYN, as a route that leads nowhere does. Same port, other
  // family.
  tcp::acceptor hole(loop_, tcp::v6());
  hole.set_option(asio::ip::v6_only(true));
  hole.bind({asio::ip::make_address("::1"), port()});
  hole.listen(0);
  tcp::socket first(loop_);
  first.connect(hole.local_endpoint());
  TcpDialer dialer(loop_, nullptr, true,
                   {asio::ip::make_address("::1"), asio::ip::make_address("127.0.0.1")});
  const SteadyTime begin = SystemClock().Steady();
  const auto stream =
      RunTask(loop_, dialer.Dial("mx.example.test", port(), begin + std::chrono::seconds(5)));
  const auto took = SystemClock().Steady() - begin;
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ((*stream)->Peer(), "127.0.0.1:" + std::to_string(port()));
  EXPECT_GE(took, std::chrono::milliseconds(240));
  EXPECT_LT(took, std::chrono::milliseconds(300));
}

}  // namespace
}  // namespace posthaste::smtp
