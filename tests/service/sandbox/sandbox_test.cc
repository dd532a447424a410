// The parts around the service; tests/e2e has it with the service.
#include "service/sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;

class StubService final : public cli::Service {
 public:
  absl::Status WaitReady(absl::Duration) override { return absl::OkStatus(); }
  absl::Status fatal() const override { return absl::OkStatus(); }
  absl::Status Reload(const absl::StatusOr<config::v1::Config>& read) override {
    return read.status();
  }
  void Stop() override {}
  std::string grpc_address() const override { return "127.0.0.1:1"; }
  std::string ops_address() const override { return "127.0.0.1:2"; }
};

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    options_.data_dir = dir_.path();
    options_.grpc_port = options_.http_port = options_.smtp_port = 0;
  }
  absl::StatusOr<std::unique_ptr<Sandbox>> Start(const absl::Status& status = absl::OkStatus()) {
    return Sandbox::Start(options_, std::nullopt,
                          [&](const config::v1::Config& config,
                              ops::ConsoleParts) -> absl::StatusOr<std::unique_ptr<cli::Service>> {
                            config_ = config;
                            if (!status.ok()) return status;
                            return std::unique_ptr<cli::Service>(std::make_unique<StubService>());
                          });
  }
  TempDir dir_;
  cli::SandboxOptions options_;
  config::v1::Config config_;
};

TEST_F(SandboxTest, StartsRedisAndCaptureAndTellsClients) {
  {
    const absl::StatusOr<std::unique_ptr<Sandbox>> sandbox = Start();
    ASSERT_TRUE(sandbox.ok()) << sandbox.status();
    EXPECT_EQ(config_.relays(0).port(), (*sandbox)->smtp_port());
    EXPECT_EQ(config_.redis().address(), "unix:" + dir_.File("redis.sock"));
    EXPECT_THAT(ReadFile(dir_.File("client.yaml")), HasSubstr("address: 127.0.0.1:1\n"));
    EXPECT_THAT(ReadFile(dir_.File("posthaste.yaml")), HasSubstr("sandbox"));
    const Finished pinged = RunProcess({"redis-cli", "-s", dir_.File("redis.sock"), "ping"});
    EXPECT_EQ(pinged.out, "PONG\n");
  }
  EXPECT_FALSE(std::filesystem::exists(dir_.File("client.yaml")));
}

TEST_F(SandboxTest, StartsRedisAgain) {
  const absl::StatusOr<std::unique_ptr<Sandbox>> sandbox = Start();
  ASSERT_TRUE(sandbox.ok()) << sandbox.status();
  EXPECT_TRUE((*sandbox)->RedisRuns());
  kill((*sandbox)->redis_pid(), SIGKILL);
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return !(*sandbox)->RedisRuns(); }));
  EXPECT_TRUE((*sandbox)->RestartRedis().ok());
  EXPECT_TRUE((*sandbox)->RedisRuns());
}

TEST_F(SandboxTest, SaysWhyTheServiceDidNotStart) {
  EXPECT_THAT(Start(absl::UnavailableError("grpc.address: taken")).status().ToString(),
              HasSubstr("grpc.address: taken"));
}

TEST_F(SandboxTest, NamesTheCapturePortThatIsTaken) {
  const absl::StatusOr<std::unique_ptr<Sandbox>> first = Start();
  ASSERT_TRUE(first.ok());
  const TempDir other;
  options_.data_dir = other.path();
  options_.smtp_port = (*first)->smtp_port();
  EXPECT_THAT(Start().status().ToString(), HasSubstr("capture SMTP: cannot listen"));
}

TEST(OutgoingOf, NamesTheOptionThatIsWrong) {
  cli::SandboxOptions options;
  EXPECT_FALSE(OutgoingOf(options)->has_value());
  options.relay = "mail.example.com";
  EXPECT_THAT(OutgoingOf(options).status().ToString(), HasSubstr("--relay"));
  options.relay = "smtps://me@mail.example.com";
  EXPECT_THAT(OutgoingOf(options).status().ToString(), HasSubstr("--password-file"));
  options.password_file = "pw";
  EXPECT_THAT(OutgoingOf(options).status().ToString(), HasSubstr("--from"));
  options.from = "no-reply@example.com";
  const auto outgoing = OutgoingOf(options);
  ASSERT_TRUE(outgoing.ok()) << outgoing.status();
  EXPECT_EQ((*outgoing)->relay.password_file[0], '/');
}

}  // namespace
}  // namespace posthaste::sandbox
