#include "service/redis/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/redis/metrics.h"
#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ClientTest : public ::testing::Test {
 protected:
  Loop loop_;
  RedisServer server_{RedisOptions{.tcp = true}};
};

TEST_F(ClientTest, CarriesAnyBytes) {
  const auto client = ReadyClient(loop_, TcpOptions(server_));
  std::string bytes;
  for (int i = 0; i < 70'000; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(Text(loop_, client->Start(Command("SET", bytes.substr(0, 300), bytes))), "OK");
  EXPECT_EQ(Text(loop_, client->Start(Command("GET", bytes.substr(0, 300)))), bytes);
}

TEST_F(ClientTest, StartsACommandBeforeAnybodyWaits) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  Pending pending = client->Start(Command("INCR", "n"));
  EXPECT_TRUE(RunUntil(loop_, [&] { return pending.done(); }));
  EXPECT_EQ(Number(loop_, std::move(pending)), 1);
}

TEST_F(ClientTest, DoesNotTakeBackACommandWhosePendingWasDropped) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  client->Start(Command("INCR", "n"));
  EXPECT_EQ(Number(loop_, client->Start(Command("INCR", "n"))), 2);
}

TEST_F(ClientTest, AnswersAPipelineInOrder) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  std::vector<Command> commands;
  for (int i = 0; i < 100; ++i) commands.emplace_back("RPUSH", "list", i);
  std::vector<Pending> all = client->Start(std::move(commands));
  EXPECT_EQ(client->waiting(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Number(loop_, std::move(all[i])), i + 1);
}

TEST_F(ClientTest, HandsOutTheServersRefusalAsAReply) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  const absl::StatusOr<Reply> reply = RunTask(loop_, client->Call(Command("LPUSH", "k")));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->IsError("ERR"));
}

TEST_F(ClientTest, FailsFastBeforeItIsConnected) {
  const auto client = NewClient(loop_, UnixOptions(server_));
  EXPECT_FALSE(client->ready());
  const absl::Status status = Failure(loop_, client->Start(Command("PING")));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(MaybeExecuted(status));
}

TEST_F(ClientTest, GreetsBeforeAnyCommandOfACaller) {
  const auto client = NewClient(loop_, UnixOptions(server_));
  client->SetGreeting([] {
    Greeting greeting;
    greeting.push_back({Command("RPUSH", "log", "greeting"),
                        [](const Reply& reply) { return reply.Integer().status(); }});
    return greeting;
  });
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  Number(loop_, client->Start(Command("RPUSH", "log", "caller")));
  EXPECT_EQ(server_.Call({"LRANGE", "log", "0", "-1"}), "greeting\ncaller\n");
  EXPECT_THAT(server_.Call({"CLIENT", "LIST"}), HasSubstr("name=posthaste"));
}

TEST_F(ClientTest, IsNotReadyWhereItsGreetingIsRefused) {
  const auto client = NewClient(loop_, UnixOptions(server_));
  client->SetGreeting([] {
    Greeting greeting;
    greeting.push_back(
        {Command("PING"), [](const Reply&) { return absl::FailedPreconditionError("too weak"); }});
    return greeting;
  });
  const absl::Status ready = RunTask(loop_, client->WaitReady(absl::Milliseconds(100)));
  EXPECT_EQ(ready.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(ready.message()), HasSubstr("too weak"));
}

TEST_F(ClientTest, FailsWhatWaitsWhenTheServerDiesAndWorksWhenItIsBack) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  Text(loop_, client->Start(Command("SET", "k", "kept")));
  const double reconnects = Reconnects().Value();
  server_.Freeze();
  std::vector<Pending> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(client->Start(Command("INCR", "n")));
  loop_.poll();
  server_.Kill9();
  for (Pending& pending : waiting) {
    const absl::Status status = Failure(loop_, std::move(pending));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(MaybeExecuted(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr(server_.socket()));
  }
  const absl::Status down = Failure(loop_, client->Start(Command("PING")));
  EXPECT_EQ(down.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(MaybeExecuted(down));
  EXPECT_FALSE(RunTask(loop_, client->WaitReady(absl::Milliseconds(50))).ok());

  server_.Restart();
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  EXPECT_EQ(Text(loop_, client->Start(Command("GET", "k"))), "kept");
  EXPECT_EQ(Reconnects().Value(), reconnects + 1);
}

TEST_F(ClientTest, ComesBackAfterAFrozenServerThaws) {
  ClientOptions options = UnixOptions(server_);
  options.command_limit = absl::Milliseconds(100);
  options.connect_limit = absl::Milliseconds(100);
  const auto client = ReadyClient(loop_, options);
  server_.Freeze();
  EXPECT_EQ(Failure(loop_, client->Start(Command("PING"))).code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(RunTask(loop_, client->WaitReady(absl::Milliseconds(200))).ok());
  server_.Thaw();
  EXPECT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  EXPECT_EQ(Text(loop_, client->Start(Command("PING"))), "PONG");
}

TEST_F(ClientTest, ComesBackAfterClientKill) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  server_.Call({"CLIENT", "KILL", "TYPE", "normal"});
  ASSERT_TRUE(RunUntil(loop_, [&] { return !client->ready(); }));
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  EXPECT_EQ(Text(loop_, client->Start(Command("PING"))), "PONG");
}

TEST_F(ClientTest, FailsEverythingOnceClosed) {
  auto client = ReadyClient(loop_, UnixOptions(server_));
  Pending waiting = client->Start(Command("PING"));
  client->Close();
  EXPECT_EQ(Failure(loop_, std::move(waiting)).code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(Failure(loop_, client->Start(Command("PING"))).message()),
              HasSubstr("client closed"));
  EXPECT_FALSE(RunTask(loop_, client->WaitReady(kPatience)).ok());
}

TEST_F(ClientTest, MayGoWhileCommandsWait) {
  auto client = ReadyClient(loop_, UnixOptions(server_));
  Pending waiting = client->Start(Command("PING"));
  client.reset();
  EXPECT_EQ(Failure(loop_, std::move(waiting)).code(), absl::StatusCode::kUnavailable);
}

Task<void> CloseAfterOneAnswer(Client& client) {
  const absl::StatusOr<Reply> first = co_await client.Call(Command("PING"));
  client.Close();
}

TEST_F(ClientTest, MayBeClosedByTheCoroutineThatItResumes) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  Task<void> closing = CloseAfterOneAnswer(*client);
  RunTask(loop_, std::move(closing));
  EXPECT_FALSE(client->ready());
}

Task<absl::StatusOr<Reply>> CallInTurn(Client& client, int times) {
  absl::StatusOr<Reply> last = absl::UnknownError("none");
  for (int i = 0; i < times; ++i) last = co_await client.Call(Command("INCR", "turns"));
  co_return last;
}

TEST_F(ClientTest, MayBeLeftInTheMiddleOfACoroutine) {
  // A loop that ends with coroutines waiting frees them; the leak sanitizer judges.
  Loop loop;
  const auto client = ReadyClient(loop, UnixOptions(server_));
  server_.Freeze();
  Task<absl::StatusOr<Reply>> calling = CallInTurn(*client, 3);
  EXPECT_THROW((void)RunTask(loop, std::move(calling), std::chrono::milliseconds(50)),
               std::runtime_error);
  server_.Thaw();
}

TEST_F(ClientTest, CountsSecondsByCommand) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  const auto before = CommandSeconds("STRLEN").Collect().histogram.sample_count;
  Number(loop_, client->Start(Command("STRLEN", "k")));
  EXPECT_EQ(CommandSeconds("STRLEN").Collect().histogram.sample_count, before + 1);
}

class ScriptsOnServer : public ClientTest {
 protected:
  const Script add_ = MakeScript("add", "return redis.call('INCRBY', KEYS[1], ARGV[1])");
  const std::vector<std::string_view> keys_ = {"sum"};
  const std::vector<std::string_view> args_ = {"2"};
};

TEST_F(ScriptsOnServer, AreLoadedOnConnect) {
  const auto client = NewClient(loop_, UnixOptions(server_));
  client->Register(add_);
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  EXPECT_EQ(server_.Call({"SCRIPT", "EXISTS", add_.sha1}), "1\n");
  EXPECT_EQ(Number(loop_, client->StartEval(add_, keys_, args_)), 2);
}

TEST_F(ScriptsOnServer, AreLoadedOnThePresentConnectionToo) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  client->Register(add_);
  EXPECT_EQ(Number(loop_, client->StartEval(add_, keys_, args_)), 2);
  EXPECT_THAT(server_.Call({"INFO", "errorstats"}), Not(HasSubstr("NOSCRIPT")));
}

TEST_F(ScriptsOnServer, AreLoadedAgainAfterARestart) {
  const auto client = NewClient(loop_, UnixOptions(server_));
  client->Register(add_);
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  server_.Restart();
  ASSERT_TRUE(RunUntil(loop_, [&] { return !client->ready(); }));
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  EXPECT_EQ(server_.Call({"SCRIPT", "EXISTS", add_.sha1}), "1\n");
}

TEST_F(ScriptsOnServer, SurviveScriptFlushUnderLoadEachExecutedOnce) {
  const auto client = NewClient(loop_, UnixOptions(server_));
  client->Register(add_);
  ASSERT_TRUE(RunTask(loop_, client->WaitReady(kPatience)).ok());
  constexpr int kRounds = 50;
  constexpr int kPerRound = 40;
  std::vector<Pending> all;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kPerRound; ++i) {
      // Other commands stand between, to show that only the script's own are sent again.
      if (i % 10 == 0) client->Start(Command("INCR", "others"));
      all.push_back(client->StartEval(add_, keys_, args_));
    }
    server_.Call({"SCRIPT", "FLUSH", "SYNC"});
    loop_.poll();
  }
  for (Pending& pending : all) {
    const absl::StatusOr<Reply> reply = RunTask(loop_, pending.Wait());
    ASSERT_TRUE(reply.ok()) << reply.status();
    ASSERT_TRUE(reply->Integer().ok()) << reply->Integer().status();
  }
  EXPECT_THAT(server_.Call({"INFO", "errorstats"}), HasSubstr("NOSCRIPT")) << "nothing was tested";
  EXPECT_EQ(server_.Call({"GET", "sum"}), std::to_string(2 * kRounds * kPerRound));
  EXPECT_EQ(server_.Call({"GET", "others"}), std::to_string(kRounds * kPerRound / 10));
}

TEST_F(ScriptsOnServer, AreNotLoadedForEverWhereLoadingIsDenied) {
  server_.Call({"ACL", "SETUSER", "narrow", "on", ">pw", "~*", "+@all", "-script|load"});
  ClientOptions options = UnixOptions(server_);
  options.username = "narrow";
  options.password = Secret("pw");
  const auto client = ReadyClient(loop_, options);
  client->Register(add_);
  const absl::StatusOr<Reply> reply = RunTask(loop_, client->Eval(add_, keys_, args_));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->IsError("NOSCRIPT"));
}

TEST_F(ScriptsOnServer, TakeArgumentsAddedToTheirCommand) {
  const auto client = ReadyClient(loop_, UnixOptions(server_));
  client->Register(add_);
  Command command = EvalSha(add_, keys_);
  command.Add(40);
  EXPECT_EQ(Number(loop_, client->StartEval(add_, std::move(command))), 40);
}

}  // namespace
}  // namespace posthaste::redis
