// `posthaste serve` as a service manager sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "tests/e2e/cli_program.h"
#include "tests/support/poll.h"
#include "tests/support/redis_server.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;

class CliServe : public ::testing::Test {
 protected:
  void SetUp() override {
    const Finished keys = Posthaste({"keys", "create", "--dir", dir_.File("keys")});
    ASSERT_EQ(keys.code, 0) << keys.err;
    keys_ = keys.out;
  }
  std::string Config(const std::string& more) {
    return dir_.Write(
        "posthaste.yaml",
        keys_ +
            "ops: {address: \"127.0.0.1:0\"}\nworker: {loops: 1, grace: 1s}\n"
            "relays: [{id: mx, host: 127.0.0.1, port: 9, tls: NONE}]\n"
            "tenants: [{id: acme, relays: [mx], senders: [{id: a, mailbox: a@example.test}]}]\n" +
            more);
  }
  static int Lines(const std::string& text) {
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }

  TempDir dir_;
  std::string keys_;
};

TEST_F(CliServe, WaitsForRedisAndEndsWhenAsked) {
  const std::string config =
      Config("grpc: {address: \"127.0.0.1:0\"}\nredis: {address: \"unix:" + dir_.File("none.sock") +
             "\"}\n");
  Process serve({kProgram, "serve", "--config", config});
  EXPECT_TRUE(serve.WaitForLine("\"event\"").has_value()) << serve.Err();
  EXPECT_TRUE(serve.Running());
  serve.Signal(SIGTERM);
  EXPECT_EQ(serve.Wait(absl::Seconds(20)), 0) << serve.Err();
}

TEST_F(CliServe, EndsWithALineWhenRedisIsTooWeak) {
  const RedisServer redis({.appendfsync = "no"});
  const Finished serve = Posthaste(
      {"serve", "--config",
       Config("grpc: {address: \"127.0.0.1:0\"}\nredis: {address: \"unix:" + redis.socket() +
              "\"}\n"
              "log: {file: \"" +
              dir_.File("log") + "\"}\n")});
  EXPECT_EQ(serve.code, 2);
  EXPECT_THAT(serve.err, HasSubstr("appendfsync"));
}

TEST_F(CliServe, NamesWhatIsWrongOnOneLine) {
  const RedisServer redis;
  const struct {
    std::string more, named;
  } rows[] = {{"nonsense: 1\n", "nonsense"},
              {"worker: {slots: many}\n", "worker"},
              {"relays: 7\n", "relays"},
              {"redis: {password_file: /nowhere/pw}\n", "/nowhere/pw"}};
  for (const auto& row : rows) {
    const Finished serve = Posthaste({"serve", "--config", Config(row.more)});
    EXPECT_EQ(serve.code, 2) << row.more;
    EXPECT_THAT(serve.err, HasSubstr(row.named));
    EXPECT_EQ(Lines(serve.err), 1) << serve.err;
  }
}

TEST_F(CliServe, NamesALooseModeAndATakenPort) {
  const RedisServer redis({.tcp = true});
  const std::string log = "log: {file: \"" + dir_.File("log") + "\"}\n";
  const std::string taken = "127.0.0.1:" + std::to_string(redis.port());
  const Finished port =
      Posthaste({"serve", "--config", Config("grpc: {address: \"" + taken + "\"}\n" + log)});
  EXPECT_EQ(port.code, 2);
  EXPECT_THAT(port.err, HasSubstr("grpc.address"));
  EXPECT_THAT(port.err, HasSubstr(taken));
  EXPECT_EQ(Lines(port.err), 1) << port.err;
  chmod(dir_.File("keys/hash.key").c_str(), 0644);
  const Finished mode = Posthaste({"serve", "--config", Config(log)});
  EXPECT_EQ(mode.code, 2);
  EXPECT_THAT(mode.err,
              HasSubstr("keys.hash_key_file: " + dir_.File("keys/hash.key") + ": mode 0644"));
  EXPECT_EQ(Lines(mode.err), 1) << mode.err;
}

}  // namespace
}  // namespace posthaste
