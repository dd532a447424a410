#include "smtp/eyeballs.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;

Endpoints At(std::initializer_list<const char*> addresses) {
  Endpoints endpoints;
  for (const char* address : addresses) endpoints.emplace_back(asio::ip::make_address(address), 25);
  return endpoints;
}

TEST(Interleave, LetsTheFamiliesTakeTurnsBeginningWithTheFirst) {
  EXPECT_EQ(Interleave(At({"2a00::1", "2a00::2", "2a00::3", "8.8.8.1", "8.8.8.2"})),
            At({"2a00::1", "8.8.8.1", "2a00::2", "8.8.8.2", "2a00::3"}));
  EXPECT_EQ(Interleave(At({"8.8.8.1", "8.8.8.2", "2a00::1"})),
            At({"8.8.8.1", "2a00::1", "8.8.8.2"}));
  EXPECT_EQ(Interleave({}), Endpoints());
}

TEST(Interleave, KeepsFiveOfBothFamilies) {
  EXPECT_EQ(Interleave(At({"2a00::1", "2a00::2", "2a00::3", "2a00::4", "2a00::5", "2a00::6",
                           "8.8.8.1", "8.8.8.2", "8.8.8.3"})),
            At({"2a00::1", "8.8.8.1", "2a00::2", "8.8.8.2", "2a00::3"}));
}

class ConnectFirstTest : public ::testing::Test {
 protected:
  // Listens, and takes no more connections than one: others wait in vain, as behind a route that
  // leads nowhere.
  struct Hole {
    Hole(Loop& loop, const char* address) : acceptor(loop, tcp::v4()), first(loop) {
      acceptor.bind({asio::ip::make_address(address), 0});
      acceptor.listen(0);
      first.connect(acceptor.local_endpoint());
    }
    tcp::acceptor acceptor;
    tcp::socket first;
  };

  absl::StatusOr<tcp::socket> Connect(Endpoints endpoints, milliseconds limit = seconds(5)) {
    const SteadyTime begin = SystemClock().Steady();
    auto socket = RunTask(loop_, ConnectFirst(loop_, std::move(endpoints), begin + limit));
    took_ = SystemClock().Steady() - begin;
    return socket;
  }

  Loop loop_;
  tcp::acceptor good_{loop_, {asio::ip::make_address("127.0.0.1"), 0}};
  tcp::endpoint refusing_{asio::ip::make_address("127.0.0.1"), FreePort()};
  SteadyTime::duration took_{};
};

TEST_F(ConnectFirstTest, GoesOnAtOnceWhenAnAddressRefuses) {
  const auto socket = Connect({refusing_, refusing_, good_.local_endpoint()});
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(socket->remote_endpoint(), good_.local_endpoint());
  EXPECT_LT(took_, milliseconds(200));
}

TEST_F(ConnectFirstTest, BeginsTheNextBesideOneThatSaysNothing) {
  const Hole hole(loop_, "127.0.0.2");
  const auto socket = Connect({hole.acceptor.local_endpoint(), good_.local_endpoint()});
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(socket->remote_endpoint(), good_.local_endpoint());
  EXPECT_GE(took_, milliseconds(240));
  EXPECT_LT(took_, milliseconds(300));
}

TEST_F(ConnectFirstTest, ClosesTheLoser) {
  Hole hole(loop_, "127.0.0.2");
  const auto socket = Connect({hole.acceptor.local_endpoint(), good_.local_endpoint()});
  ASSERT_TRUE(socket.ok());
  // Room for the one that waited; it is not there any more.
  tcp::socket accepted(loop_);
  hole.acceptor.accept(accepted);
  hole.acceptor.non_blocking(true);
  loop_.restart();
  loop_.run_for(milliseconds(1500));  // Longer than the first repetition of a SYN.
  boost::system::error_code nobody;
  tcp::socket second(loop_);
  hole.acceptor.accept(second, nobody);
  EXPECT_EQ(nobody, asio::error::would_block);
}

TEST_F(ConnectFirstTest, SaysHowTheLastOneFailed) {
  const auto socket = Connect({refusing_, refusing_});
  EXPECT_EQ(socket.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(socket.status().message(),
            "connect to " + ToString(refusing_) + ": Connection refused");
}

TEST_F(ConnectFirstTest, EndsAtTheLimit) {
  const Hole hole(loop_, "127.0.0.2");
  const auto socket = Connect({hole.acceptor.local_endpoint(), refusing_}, milliseconds(400));
  EXPECT_EQ(socket.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(took_, milliseconds(390));
  EXPECT_LT(took_, milliseconds(600));
}

}  // namespace
}  // namespace posthaste::smtp
