#include "smtp/dialer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

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
  EXPECT_FALSE(stream.ok());
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

TEST(IsPrivate, KnowsTheAddressesThatAreNotOfThePublicInternet) {
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.0.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "0.0.0.0",
                              "224.0.0.1",
                              "255.255.255.255",
                              "192.0.2.1",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "2001:db8::1"}) {
    EXPECT_TRUE(IsPrivate(asio::ip::make_address(address))) << address;
  }
  for (const char* address : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1",
                              "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_EQ(IsPrivate(asio::ip::make_address(address)), false) << address;
  }
}

}  // namespace
}  // namespace posthaste::smtp
