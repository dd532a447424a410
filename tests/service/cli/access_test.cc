#include "service/cli/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    unsetenv("POSTHASTE_ADDRESS");
    unsetenv("POSTHASTE_KEY_FILE");
    options_.data_dir = dir_.path();
  }
  ~AccessTest() override {
    unsetenv("POSTHASTE_ADDRESS");
    unsetenv("POSTHASTE_KEY_FILE");
  }
  TempDir dir_;
  AccessOptions options_;
};

TEST_F(AccessTest, FindsTheSandbox) {
  ASSERT_TRUE(
      WriteClientFile(dir_.path(), "127.0.0.1:1", Secret("sandbox.s"), Secret("operator.s")).ok());
  ASSERT_TRUE(
      WriteClientFile(dir_.path(), "127.0.0.1:2", Secret("sandbox.t"), Secret("operator.t")).ok());
  struct stat facts {};
  ASSERT_EQ(stat(dir_.File("client.yaml").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const absl::StatusOr<Access> access = FindAccess(options_);
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->address, "127.0.0.1:2");
  EXPECT_EQ(access->key.Reveal(), "sandbox.t");
  options_.operates = true;
  EXPECT_EQ(FindAccess(options_)->key.Reveal(), "operator.t");
}

TEST_F(AccessTest, PrefersTheEnvironmentAndThenTheFlags) {
  ASSERT_TRUE(
      WriteClientFile(dir_.path(), "127.0.0.1:1", Secret("sandbox.s"), Secret("operator.s")).ok());
  setenv("POSTHASTE_ADDRESS", "mail.example.com:443", 1);
  setenv("POSTHASTE_KEY_FILE", dir_.Write("web.key", "web.secret\n").c_str(), 1);
  EXPECT_EQ(FindAccess(options_)->address, "mail.example.com:443");
  EXPECT_EQ(FindAccess(options_)->key.Reveal(), "web.secret");
  options_.address = "[::1]:9";
  options_.key_file = dir_.Write("other.key", "other.secret");
  EXPECT_EQ(FindAccess(options_)->address, "[::1]:9");
  EXPECT_EQ(FindAccess(options_)->key.Reveal(), "other.secret");
}

TEST_F(AccessTest, SaysHowToStartASandboxWhenThereIsNone) {
  EXPECT_THAT(FindAccess(options_).status().ToString(), HasSubstr("`posthaste sandbox`"));
}

TEST_F(AccessTest, RefusesAKeyThatOthersCanRead) {
  options_.key_file = dir_.Write("web.key", "web.secret");
  chmod(options_.key_file.c_str(), 0644);
  EXPECT_THAT(FindAccess(options_).status().ToString(), HasSubstr("mode 0644"));
}

TEST_F(AccessTest, NamesAClientFileThatIsNone) {
  dir_.Write("client.yaml", "address: x\n");
  EXPECT_THAT(FindAccess(options_).status().ToString(),
              HasSubstr("client.yaml: address or key is missing"));
}

TEST(DefaultDataDir, FollowsTheDesktopsRules) {
  setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(DefaultDataDir(), "/state/posthaste/sandbox");
  unsetenv("XDG_STATE_HOME");
  setenv("HOME", "/home/ana", 1);
  EXPECT_EQ(DefaultDataDir(), "/home/ana/.local/state/posthaste/sandbox");
  unsetenv("HOME");
  const char* home = getpwuid(geteuid())->pw_dir;
  EXPECT_EQ(DefaultDataDir(), std::string(home) + "/.local/state/posthaste/sandbox");
  EXPECT_EQ(DataDirOf("/x"), "/x");
}

TEST(WritePrivateFile, OverwritesNothingUnlessAsked) {
  const TempDir dir;
  EXPECT_TRUE(WritePrivateFile(dir.File("a"), "1", false).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(WritePrivateFile(dir.File("a"), "2", false)));
  EXPECT_EQ(ReadFile(dir.File("a")), "1");
  EXPECT_TRUE(WritePrivateFile(dir.File("a"), "3", true).ok());
  EXPECT_EQ(ReadFile(dir.File("a")), "3");
}

}  // namespace
}  // namespace posthaste::cli
