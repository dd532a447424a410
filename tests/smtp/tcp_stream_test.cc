#include "smtp/tcp_stream.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "base/clock.h"
#include "tests/support/run_task.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;

class TcpStreamTest : public ::testing::Test {
 protected:
  TcpStreamTest() {
    tcp::socket socket(loop_);
    socket.connect(acceptor_.local_endpoint());
    acceptor_.accept(peer_);
    stream_.emplace(loop_, nullptr, std::move(socket));
    stream_->ExpireAt(Now() + seconds(5));
  }

  static SteadyTime Now() { return SystemClock().Steady(); }
  absl::StatusOr<size_t> Read() { return RunTask(loop_, stream_->Read(buffer_, sizeof(buffer_))); }
  // Reads with something else happening after 20 ms.
  template <typename Function>
  absl::StatusOr<size_t> ReadWhile(Function happening) {
    asio::steady_timer timer(loop_, milliseconds(20));
    timer.async_wait([&happening](boost::system::error_code) { happening(); });
    return Read();
  }

  Loop loop_;
  tcp::acceptor acceptor_{loop_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::optional<TcpStream> stream_;
  tcp::socket peer_{loop_};
  char buffer_[64];
};

TEST_F(TcpStreamTest, CarriesBytesBothWays) {
  ASSERT_TRUE(RunTask(loop_, stream_->Write("EHLO\r\n")).ok());
  char heard[6];
  asio::read(peer_, asio::buffer(heard));
  EXPECT_EQ(std::string(heard, 6), "EHLO\r\n");
  asio::write(peer_, asio::buffer("250", 3));
  EXPECT_EQ(*Read(), 3u);
  EXPECT_EQ(stream_->Peer(), "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()));
  EXPECT_EQ(stream_->Tls().version, "");
}

TEST_F(TcpStreamTest, SaysUnavailableWhenThePeerCloses) {
  peer_.close();
  EXPECT_EQ(Read().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(TcpStreamTest, AWaitEndsAtTheLimit) {
  const SteadyTime begin = Now();
  stream_->ExpireAt(begin + milliseconds(50));
  EXPECT_EQ(Read().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(Now() - begin, milliseconds(50));
  EXPECT_LT(Now() - begin, seconds(2));
  EXPECT_EQ(RunTask(loop_, stream_->Write("x")).code(), absl::StatusCode::kDeadlineExceeded)
      << "and so does every later one";
}

TEST_F(TcpStreamTest, ALimitMovedLaterHolds) {
  stream_->ExpireAt(Now() + milliseconds(20));
  stream_->ExpireAt(Now() + milliseconds(120));
  const SteadyTime begin = Now();
  EXPECT_EQ(Read().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(Now() - begin, milliseconds(110));
}

TEST_F(TcpStreamTest, ALimitMovedSoonerHoldsForAWaitThatIsUnderWay) {
  const SteadyTime begin = Now();
  const auto n = ReadWhile([this] { stream_->ExpireAt(Now() + milliseconds(10)); });
  EXPECT_EQ(n.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(Now() - begin, seconds(2));
}

TEST_F(TcpStreamTest, ALimitThatHasPassedEndsTheNextWait) {
  stream_->ExpireAt(Now() - seconds(1));
  EXPECT_EQ(Read().status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(TcpStreamTest, CloseEndsAWaitAsCancelled) {
  const auto n = ReadWhile([this] { stream_->Close(); });
  EXPECT_EQ(n.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(TcpStreamTest, LooksWithoutWaitingWhetherThePeerHasClosedOrSpoken) {
  EXPECT_FALSE(stream_->Stale());
  asio::write(peer_, asio::buffer("421", 3));
  EXPECT_TRUE(stream_->Stale());
  EXPECT_EQ(*Read(), 3u) << "looking takes nothing away";
  EXPECT_FALSE(stream_->Stale());
  peer_.close();
  EXPECT_TRUE(stream_->Stale());
  stream_->Close();
  EXPECT_TRUE(stream_->Stale());
}

TEST_F(TcpStreamTest, AWriteThatNobodyReadsEndsAtTheLimit) {
  const std::string much(64 << 20, 'x');
  stream_->ExpireAt(Now() + milliseconds(50));
  EXPECT_EQ(RunTask(loop_, stream_->Write(much)).code(), absl::StatusCode::kDeadlineExceeded);
}

// A relay that refuses a large message early, and reads no more of it, is heard at once.
TEST_F(TcpStreamTest, AWriteEndsWhenThePeerAnswersBeforeItHasEverything) {
  const std::string much(64 << 20, 'x');
  asio::steady_timer timer(loop_, milliseconds(20));
  timer.async_wait(
      [this](boost::system::error_code) { asio::write(peer_, asio::buffer("552", 3)); });
  const SteadyTime begin = Now();
  EXPECT_EQ(RunTask(loop_, stream_->WriteUnlessAnswered(much)).code(), absl::StatusCode::kAborted);
  EXPECT_LT(Now() - begin, seconds(2));
  EXPECT_EQ(*Read(), 3u);
}

TEST_F(TcpStreamTest, AWriteDoesNotBeginOnceThePeerHasAnsweredOrGone) {
  asio::write(peer_, asio::buffer("552", 3));
  EXPECT_EQ(RunTask(loop_, stream_->WriteUnlessAnswered("x")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(*Read(), 3u);
  peer_.close();
  EXPECT_EQ(RunTask(loop_, stream_->WriteUnlessAnswered("x")).code(), absl::StatusCode::kAborted);
}

TEST_F(TcpStreamTest, AWriteThatNobodyAnswersIsLikeAnyOther) {
  const std::string much(1 << 20, 'x');
  std::string heard;
  asio::co_spawn(
      loop_,
      [](tcp::socket& peer, std::string& into, size_t size) -> Task<void> {
        into.resize(size);
        co_await asio::async_read(peer, asio::buffer(into), kAsTuple);
      }(peer_, heard, 2 * much.size()),
      asio::detached);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(RunTask(loop_, stream_->WriteUnlessAnswered(much)).ok());
  }
  loop_.restart();
  loop_.run_for(milliseconds(50));
  EXPECT_EQ(heard, much + much);
  asio::write(peer_, asio::buffer("250", 3));
  EXPECT_EQ(*Read(), 3u);
  stream_->ExpireAt(Now() + milliseconds(50));
  EXPECT_EQ(RunTask(loop_, stream_->WriteUnlessAnswered(std::string(64 << 20, 'x'))).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(TcpStreamTest, MayGoAwayWithItsWatchdogRunning) {
  stream_->ExpireAt(Now() + milliseconds(5));
  stream_.reset();
  loop_.restart();
  loop_.run_for(milliseconds(20));
}

TEST_F(TcpStreamTest, HasNoTlsWithoutAuthorities) {
  EXPECT_EQ(RunTask(loop_, stream_->StartTls("relay.test", true)).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace posthaste::smtp
