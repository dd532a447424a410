#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/support/poll.h"

namespace posthaste {
namespace {

int MemoryFile(const char* name) {
  const int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) throw std::runtime_error("memfd_create failed");
  return fd;
}

std::string Contents(int fd) {
  std::string bytes;
  char buffer[16384];
  for (;;) {
    const ssize_t size = pread(fd, buffer, sizeof(buffer), static_cast<off_t>(bytes.size()));
    if (size <= 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(size));
  }
}

std::optional<std::string> LineWith(std::string_view text, std::string_view part) {
  while (true) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    if (line.find(part) != std::string_view::npos) return std::string(line);
    text.remove_prefix(end + 1);
  }
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                 std::string_view input)
    : in_(MemoryFile("in")), out_(MemoryFile("out")), err_(MemoryFile("err")) {
  if (write(in_, input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
      lseek(in_, 0, SEEK_SET) != 0) {
    throw std::runtime_error("cannot keep the input");
  }
  // Appending, so that two processes that share the stream (a child's child) do not overwrite each
  // other.
  fcntl(out_, F_SETFL, O_APPEND);
  fcntl(err_, F_SETFL, O_APPEND);
  std::vector<std::string> arguments = argv;
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> variable_pointers = Pointers(variables);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  // Only async-signal-safe calls from here on: other threads' locks were copied as they stood.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(in_, STDIN_FILENO);
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  execvpe(argument_pointers[0], argument_pointers.data(), variable_pointers.data());
  _exit(127);
}

Process::~Process() {
  if (Running()) {
    Signal(SIGKILL);
    Wait();
  }
  close(in_);
  close(out_);
  close(err_);
}

std::string Process::Out() const { return Contents(out_); }
std::string Process::Err() const { return Contents(err_); }

std::optional<std::string> Process::WaitForLine(std::string_view part, absl::Duration limit) {
  std::optional<std::string> line;
  PollUntil(limit, [&] {
    const bool ended = !Running();
    line = LineWith(Out(), part);
    if (!line.has_value()) line = LineWith(Err(), part);
    return line.has_value() || ended;
  });
  return line;
}

void Process::Signal(int signal) const {
  if (!status_.has_value()) kill(pid_, signal);
}

std::optional<int> Process::Wait(absl::Duration limit) {
  PollUntil(limit, [this] {
    if (status_.has_value()) return true;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return true;
  });
  return status_;
}

Finished RunProcess(const std::vector<std::string>& argv,
                    const std::vector<std::string>& environment, std::string_view input,
                    absl::Duration limit) {
  Process process(argv, environment, input);
  std::optional<int> code = process.Wait(limit);
  if (!code.has_value()) {
    process.Signal(SIGKILL);
    code = process.Wait();
  }
  return Finished{code.value_or(-SIGKILL), process.Out(), process.Err()};
}

}  // namespace posthaste
