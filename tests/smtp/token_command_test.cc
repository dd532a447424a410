#include "smtp/token_command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>

#include "absl/strings/numbers.h"
#include "tests/support/poll.h"
#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

class TokenCommandTest : public testing::Test {
 protected:
  absl::StatusOr<Secret> Token(std::vector<std::string> command,
                               absl::Duration limit = absl::Seconds(8)) {
    return RunTask(loop_, TokenFromCommand(std::move(command), limit)->Token());
  }
  absl::StatusOr<Secret> Shell(const std::string& script, absl::Duration limit = absl::Seconds(8)) {
    return Token({"/bin/sh", "-c", script}, limit);
  }

  Loop loop_;
};

TEST_F(TokenCommandTest, IsWhatTheProgramPrints) {
  EXPECT_EQ(Token({"/bin/echo", "ya29.token"})->Reveal(), "ya29.token");
  EXPECT_EQ(Shell("printf '\\n  t0ken \\r\\n\\n'")->Reveal(), "t0ken");
}

TEST_F(TokenCommandTest, KnowsNoShell) {
  EXPECT_EQ(Token({"/bin/echo", "$HOME;", "`id`"})->Reveal(), "$HOME; `id`");
}

TEST_F(TokenCommandTest, SaysWhyThereIsNone) {
  EXPECT_EQ(Token({"/nowhere/token"}).status().code(), absl::StatusCode::kUnavailable);
  const absl::Status failed = Shell("echo half; exit 3").status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(failed.message(), "token command /bin/sh: status 3");
  EXPECT_EQ(Shell("kill -9 $$").status().message(), "token command /bin/sh: signal 9");
}

TEST_F(TokenCommandTest, IsStoppedAtItsLimitWithWhateverItStarted) {
  TempDir dir;
  const std::string pid_file = dir.File("pid");
  const absl::Status late =
      Shell("sleep 600 & echo $! > " + pid_file + "; wait", absl::Milliseconds(300)).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  std::ifstream file(pid_file);
  int pid = 0;
  ASSERT_TRUE(file >> pid);
  EXPECT_TRUE(PollUntil(absl::Seconds(5), [pid] {
    if (kill(pid, 0) != 0) return true;
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(stat, text);
    return text.find(") Z ") != std::string::npos;
  }));
}

TEST_F(TokenCommandTest, IsStoppedWhenItPrintsTooMuch) {
  EXPECT_EQ(Shell("yes").status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(TokenCommandTest, HoldsNothingOfOurs) {
  const int null = open("/dev/null", O_RDONLY);
  const int ours = fcntl(null, F_DUPFD, 200);  // Not closed on exec, as Asio's sockets are not.
  close(null);
  ASSERT_GE(ours, 200);
  const absl::StatusOr<Secret> listed = Shell("ls /proc/$$/fd | tr '\\n' ' '");
  close(ours);
  ASSERT_TRUE(listed.ok()) << listed.status();
  const std::string open_files(listed->Reveal());
  EXPECT_EQ(open_files.find(std::to_string(ours) + " "), std::string::npos) << open_files;
}

TEST_F(TokenCommandTest, LeavesNoZombie) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Shell("echo x").ok());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace posthaste::smtp
