#include "service/cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    hooks_.sandbox = [this](const SandboxOptions& options, Terminal&) {
      sandbox_ = options;
      return 7;
    };
    hooks_.demo = [](const DemoOptions&, Terminal&) { return 0; };
    hooks_.inbox = [this](const InboxOptions& options, Terminal&) {
      inbox_ = options;
      return 0;
    };
  }
  int Call(std::vector<const char*> words) {
    words.insert(words.begin(), "posthaste");
    out_.str("");
    err_.str("");
    return cli::Run(static_cast<int>(words.size()), words.data(), hooks_, terminal_);
  }

  Hooks hooks_;
  SandboxOptions sandbox_;
  InboxOptions inbox_;
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

// Every command there is.
const std::vector<std::vector<const char*>> kCommands = {{},
                                                         {"serve"},
                                                         {"check-config"},
                                                         {"doctor"},
                                                         {"sandbox"},
                                                         {"demo"},
                                                         {"send-code"},
                                                         {"check-code"},
                                                         {"send-password-changed"},
                                                         {"send-email-changed"},
                                                         {"send-new-sign-in"},
                                                         {"send-mfa-changed"},
                                                         {"send-template"},
                                                         {"template"},
                                                         {"template", "lint"},
                                                         {"template", "preview"},
                                                         {"template", "new"},
                                                         {"template", "list"},
                                                         {"template", "publish"},
                                                         {"template", "rollback"},
                                                         {"message"},
                                                         {"message", "show"},
                                                         {"message", "list"},
                                                         {"message", "watch"},
                                                         {"message", "cancel"},
                                                         {"message", "report-bounce"},
                                                         {"events"},
                                                         {"events", "tail"},
                                                         {"suppression"},
                                                         {"suppression", "create"},
                                                         {"suppression", "show"},
                                                         {"suppression", "list"},
                                                         {"suppression", "delete"},
                                                         {"hold"},
                                                         {"hold", "create"},
                                                         {"hold", "list"},
                                                         {"hold", "delete"},
                                                         {"queue"},
                                                         {"queue", "stats"},
                                                         {"queue", "shape"},
                                                         {"queue", "parked"},
                                                         {"queue", "redrive"},
                                                         {"relay"},
                                                         {"relay", "list"},
                                                         {"relay", "probe"},
                                                         {"recipient"},
                                                         {"recipient", "export"},
                                                         {"recipient", "forget"},
                                                         {"recipient", "unlock"},
                                                         {"usage"},
                                                         {"top"},
                                                         {"inbox"},
                                                         {"inbox", "list"},
                                                         {"inbox", "show"},
                                                         {"inbox", "code"},
                                                         {"capture"},
                                                         {"keys"},
                                                         {"keys", "create"},
                                                         {"keys", "list"},
                                                         {"keys", "rotate"},
                                                         {"keys", "dkim"}};

// The help of every command. UPDATE_GOLDEN=1 writes the files anew.
TEST_F(AppTest, HelpIsAsItWasRead) {
  for (std::vector<const char*> words : kCommands) {
    std::string name = "help";
    for (const char* word : words) name += std::string("_") + word;
    words.push_back("--help");
    EXPECT_EQ(Call(words), 0);
    const std::string path = PH_SOURCE_DIR "/tests/golden/cli/" + name + ".txt";
    if (getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << out_.str();
    EXPECT_EQ(out_.str(), ReadFile(path)) << name;
    EXPECT_THAT(out_.str(), HasSubstr("posthaste")) << name;
  }
}

TEST_F(AppTest, RefusesWhatItDoesNotUnderstandWithExitTwo) {
  const std::vector<std::vector<const char*>> wrong = {
      {},
      {"nonsense"},
      {"send-code"},
      {"send-email-changed", "old@b.test"},
      {"send-mfa-changed", "a@b.test"},
      {"send-template", "a@b.test"},
      {"serve"},
      {"serve", "--config", "x", "--role", "boss"},
      {"message"},
      {"message", "list", "a@b.test", "--state", "queued"},
      {"sandbox", "--from", "a@b.test"},
      {"sandbox", "--relay", "smtps://a@b"},
      {"sandbox", "--grpc-port", "70000"},
      {"inbox", "code", "--wait", "soon"},
      {"keys", "create", "--dir", "a", "--api-key", "b"},
      {"keys", "rotate"},
      {"keys", "rotate", "seal", "--pid", "all"}};
  for (const std::vector<const char*>& words : wrong) {
    EXPECT_EQ(Call(words), 2);
    EXPECT_THAT(err_.str(), ::testing::StartsWith("posthaste: "));
    EXPECT_THAT(err_.str(), HasSubstr("--help"));
  }
}

TEST_F(AppTest, NamesTheWordThatIsNoCommand) {
  EXPECT_EQ(Call({"sendcode", "a@b.test"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("no command sendcode\n"));
  EXPECT_EQ(Call({"message", "shwo"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("no command shwo\n"));
  for (const std::vector<const char*>& words :
       std::vector<std::vector<const char*>>{{}, {"message"}, {"message", "--json"}}) {
    EXPECT_EQ(Call(words), 2);
    EXPECT_THAT(err_.str(), HasSubstr("a command is missing\n"));
  }
}

TEST_F(AppTest, GivesTheSandboxItsPorts) {
  EXPECT_EQ(Call({"sandbox"}), 7);
  EXPECT_EQ(sandbox_.grpc_port, 8525);
  EXPECT_EQ(sandbox_.smtp_port, 8527);
  EXPECT_EQ(Call({"sandbox", "--port-base", "9000", "--data-dir", "/x"}), 7);
  EXPECT_EQ(sandbox_.grpc_port, 9000);
  EXPECT_EQ(sandbox_.http_port, 9001);
  EXPECT_EQ(sandbox_.smtp_port, 9002);
  EXPECT_EQ(sandbox_.data_dir, "/x");
  EXPECT_EQ(Call({"sandbox", "--grpc-port", "0"}), 7);
  EXPECT_EQ(sandbox_.grpc_port, 0);
}

TEST_F(AppTest, ReadsTimes) {
  EXPECT_EQ(Call({"inbox", "code", "--to", "me@example.test", "--wait", "1500ms"}), 0);
  EXPECT_EQ(inbox_.wait, absl::Milliseconds(1500));
  EXPECT_EQ(inbox_.to, "me@example.test");
  EXPECT_EQ(inbox_.verb, InboxOptions::Verb::kCode);
}

TEST_F(AppTest, SplitsTheRoles) {
  bool api = false, worker = false;
  const TempDir dir;
  hooks_.start = [&](const config::v1::Config&, bool with_api,
                     bool with_worker) -> absl::StatusOr<std::unique_ptr<Service>> {
    api = with_api;
    worker = with_worker;
    return absl::UnavailableError("enough");
  };
  const std::string config = dir.Write(
      "c.yaml",
      "keys: {hash_key_file: a, code_keys: [{epoch: 1, file: a}], seal_keys: [{id: 1, file: a}]}\n"
      "relays: [{id: mx, host: 127.0.0.1}]\n"
      "tenants: [{id: t, relays: [mx], senders: [{id: a, mailbox: a@example.test}]}]\n");
  EXPECT_EQ(Call({"serve", "--config", config.c_str()}), 2);
  EXPECT_TRUE(api && worker);
  EXPECT_EQ(Call({"serve", "--config", config.c_str(), "--role=worker"}), 2);
  EXPECT_TRUE(!api && worker);
  EXPECT_EQ(Call({"serve", "--config", config.c_str(), "--role=api"}), 2);
  EXPECT_TRUE(api && !worker);
  EXPECT_EQ(Call({"serve", "--config", config.c_str(), "--role=api,worker"}), 2);
  EXPECT_TRUE(api && worker);
  EXPECT_THAT(err_.str(), HasSubstr("enough"));
}

TEST_F(AppTest, TellsItsVersion) {
  EXPECT_EQ(Call({"--version"}), 0);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("posthaste "));
}

}  // namespace
}  // namespace posthaste::cli
