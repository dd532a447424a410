#include "service/cli/serve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <sstream>

#include "base/random.h"
#include "service/cli/keys.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// What the real service would do is told by tests/e2e.
class StubService final : public Service {
 public:
  explicit StubService(absl::Status fatal, int* stops) : fatal_(std::move(fatal)), stops_(stops) {}
  absl::Status WaitReady(absl::Duration) override { return absl::OkStatus(); }
  absl::Status fatal() const override { return fatal_; }
  absl::Status Reload(const absl::StatusOr<config::v1::Config>& read) override {
    if (stop_after_reload) raise(SIGTERM);
    return read.status();
  }
  void Stop() override { ++*stops_; }
  std::string grpc_address() const override { return ""; }
  std::string ops_address() const override { return ""; }
  bool stop_after_reload = false;

 private:
  absl::Status fatal_;
  int* stops_;
};

class ServeTest : public ::testing::Test {
 protected:
  ServeTest() { EXPECT_TRUE(CreateKeyFiles(dir_.File("keys"), SystemRandom()).ok()); }
  std::string Config(const std::string& more = "") {
    return dir_.Write(
        "posthaste.yaml",
        KeyFilesYaml(dir_.File("keys")) + "log: {file: \"" + dir_.File("log") +
            "\"}\n"
            "relays: [{id: mx, host: 127.0.0.1, tls: NONE}]\n"
            "tenants: [{id: acme, relays: [mx], senders: [{id: a, mailbox: a@example.test}]}]\n" +
            more);
  }
  int Check(const std::string& config, const absl::Status& parts = absl::OkStatus()) {
    return CheckConfig(
        config, [&](const config::v1::Config&) { return parts; }, terminal_);
  }
  // Answers SIGTERM at once.
  int Run(const std::string& config, const absl::Status& start = absl::OkStatus(),
          const absl::Status& fatal = absl::OkStatus()) {
    ServeOptions options;
    options.config = config;
    return Serve(
        options,
        [&](const config::v1::Config&, bool, bool) -> absl::StatusOr<std::unique_ptr<Service>> {
          if (!start.ok()) return start;
          if (fatal.ok()) raise(SIGTERM);
          return std::unique_ptr<Service>(std::make_unique<StubService>(fatal, &stops_));
        },
        terminal_);
  }

  TempDir dir_;
  int stops_ = 0;
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

TEST_F(ServeTest, CheckConfigNamesALogThatCannotBe) {
  EXPECT_EQ(Check(dir_.Write("other.yaml", ReadFile(Config()).replace(
                                               ReadFile(Config()).find(dir_.File("log")),
                                               dir_.File("log").size(), dir_.File("nowhere/log")))),
            2);
  EXPECT_NE(err_.str().find("log.file: " + dir_.File("nowhere/log") + ": there is no folder"),
            std::string::npos)
      << err_.str();
}

TEST_F(ServeTest, CheckConfigNamesAPartThatCannotBeMade) {
  EXPECT_EQ(Check(Config(), absl::InvalidArgumentError("templates_dir: bad")), 2);
  EXPECT_NE(err_.str().find("templates_dir: bad"), std::string::npos) << err_.str();
}

TEST_F(ServeTest, CheckConfigSaysOk) {
  EXPECT_EQ(Check(Config()), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("1 tenants, 1 relays, gRPC on 127.0.0.1:8525"));
}

TEST_F(ServeTest, CheckConfigNamesWhatIsWrongOnOneLine) {
  const struct {
    std::string more, named;
  } rows[] = {{"nonsense: 1\n", "nonsense"},
              {"worker: {slots: 0x}\n", "worker"},
              {"worker: {slots: 5000}\n", "worker.slots: 5000"},
              {"grpc: {address: \"0.0.0.0:1\"}\n", "grpc.tls"},
              {"redis: {password_file: /nowhere/pw}\n", "redis.password_file: /nowhere/pw"},
              {"dkim: [{domain: other.test, selector: s, key_file: /k}]\n", "dkim[0].domain"},
              {"dkim: [{domain: example.test, selector: s, key_file: /nowhere/k}]\n",
               "dkim[0].key_file: /nowhere/k"}};
  for (const auto& row : rows) {
    err_.str("");
    EXPECT_EQ(Check(Config(row.more)), 2) << row.more;
    EXPECT_THAT(err_.str(), HasSubstr(row.named));
    const std::string error = err_.str();
    EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
  }
  EXPECT_EQ(Check(dir_.File("absent.yaml")), 2);
  EXPECT_THAT(err_.str(), HasSubstr(dir_.File("absent.yaml")));
}

TEST_F(ServeTest, CheckConfigFindsALooseModeAndAKeyThatIsNone) {
  const std::string config = Config();
  chmod(dir_.File("keys/seal-1.key").c_str(), 0640);
  EXPECT_EQ(Check(config), 2);
  EXPECT_THAT(err_.str(), StartsWith("posthaste: keys.seal_keys[0].file: " +
                                     dir_.File("keys/seal-1.key") + ": mode 0640"));
  dir_.Write("keys/hash.key", "abc");
  err_.str("");
  EXPECT_EQ(Check(config), 2);
  EXPECT_THAT(err_.str(), HasSubstr("keys.hash_key_file"));
}

TEST_F(ServeTest, EndsInOrderWhenAsked) {
  EXPECT_EQ(Run(Config()), 0) << err_.str();
  EXPECT_EQ(stops_, 1);
}

TEST_F(ServeTest, SaysWhatKeepsItFromStarting) {
  EXPECT_EQ(Run(Config(), absl::UnavailableError("grpc.address: cannot listen on 127.0.0.1:1")), 2);
  EXPECT_EQ(err_.str(), "posthaste: grpc.address: cannot listen on 127.0.0.1:1\n");
}

TEST_F(ServeTest, EndsWhenItCanNeverBeReady) {
  EXPECT_EQ(Run(Config(), absl::OkStatus(),
                absl::FailedPreconditionError("redis.durability: appendfsync is no")),
            2);
  EXPECT_THAT(err_.str(), HasSubstr("appendfsync is no"));
  EXPECT_EQ(stops_, 1);
}

TEST_F(ServeTest, NamesALogThatCannotBeOpened) {
  config::v1::Log log;
  log.set_level(config::v1::Log::INFO);
  log.set_file("/proc/nowhere/log");
  EXPECT_THAT(StartLog(log).ToString(), HasSubstr("log.file: /proc/nowhere/log"));
}

TEST_F(ServeTest, ReadsItsConfigurationAgainOnSighupAndSaysWhatIsWrongWithIt) {
  ServeOptions options;
  options.config = Config();
  const auto start = [&](const config::v1::Config&, bool,
                         bool) -> absl::StatusOr<std::unique_ptr<Service>> {
    auto service = std::make_unique<StubService>(absl::OkStatus(), &stops_);
    service->stop_after_reload = true;
    dir_.Write("posthaste.yaml", "relays: [{id: mx, prot: 25}]\n");
    raise(SIGHUP);
    return std::unique_ptr<Service>(std::move(service));
  };
  EXPECT_EQ(Serve(options, start, terminal_), 0) << "it goes on with what it had, until SIGTERM";
  EXPECT_NE(err_.str().find("reload refused: "), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("prot"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace posthaste::cli
