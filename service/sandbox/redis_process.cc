#include "service/sandbox/redis_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace posthaste::sandbox {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30), kStopLimit = absl::Seconds(5);
constexpr int kNotExecuted = 127;

void Pause() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

// Asks PING and waits up to a second for +PONG; a server that is still loading answers -LOADING.
bool Answers(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const absl::Cleanup close_socket = [fd] { close(fd); };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return false;
  const timeval limit{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  constexpr std::string_view kPing = "PING\r\n";
  char reply[5] = {};
  return send(fd, kPing.data(), kPing.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kPing.size()) &&
         recv(fd, reply, sizeof(reply), MSG_WAITALL) == static_cast<ssize_t>(sizeof(reply)) &&
         std::string_view(reply, sizeof(reply)) == "+PONG";
}

std::vector<std::string> CommandLine(const std::string& folder, const std::string& socket) {
  return {"redis-server",
          "--port",
          "0",
          "--unixsocket",
          socket,
          "--unixsocketperm",
          "700",
          "--dir",
          folder + "/redis",
          "--logfile",
          folder + "/redis.log",
          "--appendonly",
          "yes",
          "--appendfsync",
          "always",
          "--save",
          "",
          "--maxmemory-policy",
          "noeviction",
          "--daemonize",
          "no"};
}

// Where the program is, looked up as a shell does and in the sbin folders too; "" if it is nowhere.
std::string ProgramPath() {
  const char* path = std::getenv("PATH");
  const std::string all = absl::StrCat(path == nullptr ? "" : path,
                                       ":/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin");
  for (const auto& piece : absl::StrSplit(all, ':', absl::SkipEmpty())) {
    std::string candidate = std::string(piece) + "/redis-server";
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

// In a process group of its own, so that Ctrl-C in a terminal leaves it to us to end it in order.
pid_t Spawn(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  // Only async-signal-safe calls from here on.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kNotExecuted);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  execv(program.c_str(), pointers.data());
  _exit(kNotExecuted);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisProcess>> RedisProcess::Start(const std::string& folder,
                                                                  const Clock& clock) {
  const std::string socket = folder + "/redis.sock";
  if (socket.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--data-dir: ", folder, " is too long a path for a Unix socket"));
  }
  const std::string program = ProgramPath();
  if (program.empty()) {
    return absl::NotFoundError(
        "redis-server is not installed; on Debian: apt install redis-server");
  }
  std::error_code error;
  std::filesystem::create_directories(folder + "/redis", error);
  if (error) return absl::UnavailableError(absl::StrCat(folder, "/redis: ", error.message()));
  std::filesystem::remove(socket, error);
  const pid_t pid = Spawn(program, CommandLine(folder, socket));
  if (pid < 0) return absl::UnavailableError(absl::StrCat("redis-server: ", std::strerror(errno)));
  std::unique_ptr<RedisProcess> process(new RedisProcess(socket, pid, clock));
  const SteadyTime end = clock.Steady() + absl::ToChronoNanoseconds(kStartLimit);
  while (!Answers(socket)) {
    if (!process->Running() || clock.Steady() >= end) {
      return absl::UnavailableError(
          absl::StrCat("redis-server did not start; see ", folder, "/redis.log"));
    }
    Pause();
  }
  return process;
}

bool RedisProcess::Running() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

RedisProcess::~RedisProcess() {
  if (!Running()) return;
  kill(pid_, SIGTERM);
  const SteadyTime end = clock_.Steady() + absl::ToChronoNanoseconds(kStopLimit);
  while (Running()) {
    if (clock_.Steady() >= end) kill(pid_, SIGKILL);
    Pause();
  }
}

}  // namespace posthaste::sandbox
