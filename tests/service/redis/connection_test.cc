#include "service/redis/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/redis/metrics.h"
#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;

class ConnectionTest : public ::testing::Test {
 protected:
  std::shared_ptr<Connection> Open(ClientOptions options) {
    auto connection = std::make_shared<Connection>(
        loop_, SystemClock(), std::make_shared<const ClientOptions>(std::move(options)),
        TlsContext());
    bool opened = false;
    Connection::Handlers handlers;
    handlers.opened = [&opened] { opened = true; };
    handlers.closed = [this](absl::Status why) { closed_ = std::move(why); };
    connection->Open(std::move(handlers));
    RunUntil(loop_, [&] { return opened || !closed_.ok(); });
    return connection;
  }

  static WaiterPtr Send(Connection& connection, const Command& command) {
    WaiterPtr waiter(new Waiter);
    const absl::Status sent = connection.Send(command, waiter, nullptr);
    if (!sent.ok()) waiter->Finish(sent);
    return waiter;
  }

  Loop loop_;
  absl::Status closed_;
  RedisServer server_;
};

TEST_F(ConnectionTest, SendsTheCommandsOfOneTickInOneWriteAndKeepsTheirOrder) {
  const auto connection = Open(UnixOptions(server_));
  const auto before = PipelineCommands().Collect().histogram;
  std::vector<WaiterPtr> waiters;
  for (int i = 0; i < 500; ++i) waiters.push_back(Send(*connection, Command("ECHO", i)));
  RunUntil(loop_, [&] { return waiters.back()->done; });
  for (int i = 0; i < 500; ++i) EXPECT_EQ(*waiters[i]->answer->Text(), std::to_string(i));
  const auto after = PipelineCommands().Collect().histogram;
  EXPECT_EQ(after.sample_count - before.sample_count, 1u);
  EXPECT_EQ(after.sample_sum - before.sample_sum, 500);
  EXPECT_EQ(connection->waiting(), 0u);
  connection->Abandon(absl::CancelledError());
}

TEST_F(ConnectionTest, RefusesAboveTheCountAtOnceAndSendsNothing) {
  ClientOptions options = UnixOptions(server_);
  options.waiting_max = 3;
  const auto connection = Open(options);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Send(*connection, Command("INCR", "n"))->done);
  const WaiterPtr fourth = Send(*connection, Command("INCR", "n"));
  EXPECT_EQ(fourth->answer.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(MaybeExecuted(fourth->answer.status()));
  RunUntil(loop_, [&] { return connection->waiting() == 0; });
  EXPECT_EQ(server_.Call({"GET", "n"}), "3");
  EXPECT_FALSE(Send(*connection, Command("INCR", "n"))->done);
  connection->Abandon(absl::CancelledError());
}

TEST_F(ConnectionTest, RefusesAboveTheBytesAtOnceAndRecovers) {
  ClientOptions options = UnixOptions(server_);
  options.waiting_bytes_max = 10'000;
  const auto connection = Open(options);
  const Command large("SET", "k", std::string(6'000, 'x'));
  const WaiterPtr first = Send(*connection, large);
  const WaiterPtr second = Send(*connection, large);
  EXPECT_FALSE(first->done);
  EXPECT_EQ(second->answer.status().code(), absl::StatusCode::kResourceExhausted);
  RunUntil(loop_, [&] { return first->done; });
  const WaiterPtr third = Send(*connection, large);
  RunUntil(loop_, [&] { return third->done; });
  EXPECT_TRUE(third->answer->Ok().ok());
  connection->Abandon(absl::CancelledError());
}

TEST_F(ConnectionTest, ClosesWhenTheOldestCommandGetsNoAnswerInTime) {
  ClientOptions options = UnixOptions(server_);
  options.command_limit = absl::Milliseconds(150);
  const auto connection = Open(options);
  server_.Freeze();
  const WaiterPtr old = Send(*connection, Command("PING"));
  loop_.run_for(std::chrono::milliseconds(100));
  const WaiterPtr young = Send(*connection, Command("PING"));
  RunUntil(loop_, [&] { return young->done; });
  server_.Thaw();
  EXPECT_EQ(old->answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(young->answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(MaybeExecuted(old->answer.status()));
  EXPECT_TRUE(MaybeExecuted(young->answer.status()));
  EXPECT_THAT(std::string(closed_.message()), HasSubstr("no answer within 150ms"));
}

TEST_F(ConnectionTest, StaysOpenWhileItIsOnlyIdle) {
  ClientOptions options = UnixOptions(server_);
  options.command_limit = absl::Milliseconds(50);
  const auto connection = Open(options);
  for (int i = 0; i < 3; ++i) {
    const WaiterPtr ping = Send(*connection, Command("PING"));
    RunUntil(loop_, [&] { return ping->done; });
    EXPECT_TRUE(ping->answer.ok());
    loop_.run_for(std::chrono::milliseconds(60));
  }
  EXPECT_TRUE(closed_.ok());
  connection->Abandon(absl::CancelledError());
}

TEST_F(ConnectionTest, TellsWhatWasWrittenFromWhatWasNot) {
  const auto connection = Open(UnixOptions(server_));
  server_.Freeze();
  const WaiterPtr written = Send(*connection, Command("SET", "a", "1"));
  loop_.poll();
  const WaiterPtr unwritten = Send(*connection, Command("SET", "b", "1"));
  connection->Close(absl::UnavailableError("test closes"));
  EXPECT_FALSE(written->done) << "waiters are resumed by the loop, not by Close";
  RunUntil(loop_, [&] { return written->done && unwritten->done; });
  EXPECT_TRUE(MaybeExecuted(written->answer.status()));
  EXPECT_FALSE(MaybeExecuted(unwritten->answer.status()));
  server_.Thaw();
  EXPECT_EQ(server_.Call({"GET", "b"}), "(nil)");
}

TEST_F(ConnectionTest, GivesUpOnAServerThatDoesNotAcceptInTime) {
  // A listener whose queue is full neither accepts nor refuses; a name that TLS waits for in vain
  // is the same.
  asio::ip::tcp::acceptor silent(loop_, {asio::ip::address_v4::loopback(), 0});
  ClientOptions options;
  options.port = silent.local_endpoint().port();
  options.tls.enabled = true;
  options.connect_limit = absl::Milliseconds(100);
  const auto tls = MakeTlsContext(options.tls);
  const auto connection = std::make_shared<Connection>(
      loop_, SystemClock(), std::make_shared<const ClientOptions>(options), *tls);
  Connection::Handlers handlers;
  handlers.opened = [] { FAIL(); };
  handlers.closed = [this](absl::Status why) { closed_ = std::move(why); };
  connection->Open(std::move(handlers));
  RunUntil(loop_, [&] { return !closed_.ok(); });
  EXPECT_EQ(closed_.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(closed_.message()), HasSubstr("no connection within 100ms"));
}

TEST_F(ConnectionTest, ClosesOnWordsThatAreNotRedis) {
  asio::ip::tcp::acceptor acceptor(loop_, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket peer(loop_);
  const std::string greeting = "220 mail.test ESMTP\r\n";
  acceptor.async_accept(peer, [&](const boost::system::error_code& error) {
    if (!error) peer.write_some(asio::buffer(greeting));
  });
  ClientOptions options;
  options.port = acceptor.local_endpoint().port();
  Open(options);
  RunUntil(loop_, [&] { return !closed_.ok(); });
  EXPECT_THAT(std::string(closed_.message()), HasSubstr("not a redis reply"));
}

TEST_F(ConnectionTest, ReportsWhatTheServerSaysUnasked) {
  server_.Call({"CONFIG", "SET", "maxclients", "1"});
  const auto first = Open(UnixOptions(server_));
  Open(UnixOptions(server_));
  RunUntil(loop_, [&] { return !closed_.ok(); });
  EXPECT_THAT(std::string(closed_.message()), HasSubstr("max number of clients"));
  first->Abandon(absl::CancelledError());
}

TEST_F(ConnectionTest, RefusesCommandsOnceClosed) {
  const auto connection = Open(UnixOptions(server_));
  connection->Close(absl::UnavailableError("test closes"));
  const WaiterPtr waiter = Send(*connection, Command("PING"));
  EXPECT_EQ(waiter->answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(closed_.message(), "test closes");
}

}  // namespace
}  // namespace posthaste::redis
