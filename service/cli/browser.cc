#include "service/cli/browser.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"

extern char** environ;  // NOLINT: POSIX names it.

namespace posthaste::cli {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kLimit = absl::Seconds(30);
constexpr int kHeight = 1000;

std::string Find() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    for (const std::string& folder :
         std::vector<std::string>(absl::StrSplit(path == nullptr ? "/usr/bin" : path, ':'))) {
      const std::string program = absl::StrCat(folder, "/", name);
      if (access(program.c_str(), X_OK) == 0) return program;
    }
  }
  return "";
}

// Its exit status, or nothing if it had to be ended.
absl::Status Await(pid_t child) {
  const SteadyTime give_up = SystemClock().Steady() + absl::ToChronoNanoseconds(kLimit);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (SystemClock().Steady() >= give_up) {
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      return absl::DeadlineExceededError("chromium took longer than 30 seconds");
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? absl::OkStatus()
                                                       : absl::InternalError("chromium failed");
}

}  // namespace

absl::Status Draw(const std::string& html_file, const std::string& png_file, int width) {
  const std::string program = Find();
  if (program.empty()) return absl::NotFoundError("chromium is not installed");
  std::vector<std::string> words = {program,
                                    "--headless",
                                    "--disable-gpu",
                                    "--hide-scrollbars",
                                    absl::StrCat("--window-size=", width, ",", kHeight),
                                    absl::StrCat("--screenshot=", fs::absolute(png_file).string()),
                                    absl::StrCat("file://", fs::absolute(html_file).string())};
  if (geteuid() == 0)
    words.insert(words.begin() + 1, "--no-sandbox");  // It refuses root otherwise.
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // Its helpers end with it.
  pid_t child = 0;
  const int failed =
      posix_spawn(&child, program.c_str(), &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return absl::InternalError("chromium cannot be started");
  return Await(child);
}

}  // namespace posthaste::cli
