#include "service/cli/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

TEST(StopSignals, HearOneAndLeaveTheSecondToTheSystem) {
  const pid_t child = fork();
  if (child == 0) {
    StopSignals signals;
    if (signals.Wait(absl::ZeroDuration())) _exit(1);
    raise(SIGTERM);
    if (!signals.Wait(absl::Seconds(10))) _exit(2);
    raise(SIGINT);
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(NotifyManager, SendsADatagramToTheSocket) {
  const TempDir dir;
  const std::string path = dir.File("notify");
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  NotifyManager("READY=1");
  unsetenv("NOTIFY_SOCKET");
  NotifyManager("STOPPING=1");
  char buffer[64] = {};
  EXPECT_EQ(recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT), 7);
  EXPECT_STREQ(buffer, "READY=1");
  EXPECT_EQ(recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT), -1) << "nothing without the variable";
  close(fd);
}

}  // namespace
}  // namespace posthaste::cli
