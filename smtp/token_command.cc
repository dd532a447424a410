#include "smtp/token_command.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace posthaste::smtp {
namespace {

using ErrorCode = boost::system::error_code;

constexpr size_t kOutputBytesMax = 16 * 1024;

// Starts the program with its output in `*out`.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, int* out) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::UnavailableError(absl::StrCat("token command: ", std::strerror(errno)));
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  // Connections to relays and to Redis are none of its business.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  if (error == 0) {
    *out = ends[0];
    return pid;
  }
  close(ends[0]);
  return absl::UnavailableError(
      absl::StrCat("token command ", command[0], ": ", std::strerror(error)));
}

// One run. The timer kills the program's group, which ends its output and itself, so that nobody
// waits for longer.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(asio::any_io_executor executor, pid_t pid, int out)
      : pid_(pid), out_(executor, out), end_(executor), timer_(executor) {}
  ~Run() {
    crypto::Wipe(output_);
    Kill();
    // Killed, so this does not take long; and a zombie would stay for ever.
    if (!reaped_) waitpid(pid_, nullptr, 0);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Task<absl::StatusOr<Secret>> Token(const std::string& name, absl::Duration limit);

 private:
  // A process that was reaped is not ours to signal any more.
  void Kill() {
    if (!reaped_) kill(-pid_, SIGKILL);
  }
  Task<void> ReadAll();
  Task<int> Reap();

  const pid_t pid_;
  asio::posix::stream_descriptor out_, end_;
  asio::steady_timer timer_;
  std::string output_;
  bool late_ = false, reaped_ = false;
};

Task<void> Run::ReadAll() {
  std::string buffer(4096, '\0');
  while (output_.size() <= kOutputBytesMax) {
    auto [error, n] = co_await out_.async_read_some(asio::buffer(buffer), kAsTuple);
    if (error) break;
    output_.append(buffer, 0, n);
  }
  crypto::Wipe(buffer);
}

// Waits for the end of the program, and returns its wait status.
Task<int> Run::Reap() {
  int status = -1;
  // glibc 2.36 declares pidfd_open() for C only.
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (fd >= 0) {
    end_.assign(fd);
    co_await end_.async_wait(asio::posix::stream_descriptor::wait_read, kAsTuple);
  }
  waitpid(pid_, &status, 0);
  reaped_ = true;
  co_return status;
}

Task<absl::StatusOr<Secret>> Run::Token(const std::string& name, absl::Duration limit) {
  timer_.expires_after(absl::ToChronoNanoseconds(limit));
  timer_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
    const std::shared_ptr<Run> self = weak.lock();
    if (error || self == nullptr || self->reaped_) return;
    self->late_ = true;
    self->Kill();
    // Somebody that left the group may hold the pipe open.
    ErrorCode ignored;
    self->out_.cancel(ignored);
  });
  co_await ReadAll();
  const bool long_winded = output_.size() > kOutputBytesMax;
  if (long_winded) Kill();
  const int status = co_await Reap();
  timer_.cancel();
  const std::string what = absl::StrCat("token command ", name, ": ");
  if (late_) co_return absl::DeadlineExceededError(absl::StrCat(what, "time limit"));
  if (long_winded) co_return absl::ResourceExhaustedError(absl::StrCat(what, "over 16 KiB"));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string how = WIFEXITED(status) ? absl::StrCat("status ", WEXITSTATUS(status))
                                              : absl::StrCat("signal ", WTERMSIG(status));
    co_return absl::UnavailableError(absl::StrCat(what, how));
  }
  absl::StripAsciiWhitespace(&output_);
  co_return Secret(output_);
}

class CommandToken final : public TokenSource {
 public:
  CommandToken(std::vector<std::string> command, absl::Duration limit)
      : command_(std::move(command)), limit_(limit) {}

  Task<absl::StatusOr<Secret>> Token() override {
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    int out = -1;
    const absl::StatusOr<pid_t> pid = Spawn(command_, &out);
    if (!pid.ok()) co_return pid.status();
    const auto run = std::make_shared<Run>(executor, *pid, out);
    absl::StatusOr<Secret> token = co_await run->Token(command_[0], limit_);
    co_return token;
  }

 private:
  const std::vector<std::string> command_;
  const absl::Duration limit_;
};

}  // namespace

std::shared_ptr<TokenSource> TokenFromCommand(std::vector<std::string> command,
                                              absl::Duration limit) {
  return std::make_shared<CommandToken>(std::move(command), limit);
}

}  // namespace posthaste::smtp
