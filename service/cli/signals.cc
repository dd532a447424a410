#include "service/cli/signals.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace posthaste::cli {
namespace {

sigset_t Taken(bool reloads) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (reloads) sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

StopSignals::StopSignals(bool reloads) : reloads_(reloads) {
  const sigset_t set = Taken(reloads_);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

StopSignals::~StopSignals() { Release(); }

void StopSignals::Release() {
  if (reloads_) signal(SIGHUP, SIG_IGN);  // A stop is not cut short by who renews a certificate.
  const sigset_t set = Taken(reloads_);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Asked StopSignals::WaitAny(absl::Duration limit) {
  const sigset_t set = Taken(reloads_);
  const timespec time = absl::ToTimespec(limit);
  const int signal = sigtimedwait(&set, nullptr, &time);
  if (signal < 0) return Asked::kNothing;
  if (signal == SIGHUP) return Asked::kReload;
  Release();
  return Asked::kStop;
}

void NotifyManager(const char* state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  const size_t size = std::strlen(path);
  if (size >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, size);
  if (path[0] == '@') address.sun_path[0] = '\0';  // An abstract socket.
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  // Best effort: a manager that is not there needs no answer.
  static_cast<void>(sendto(fd, state, std::strlen(state), MSG_NOSIGNAL,
                           reinterpret_cast<sockaddr*>(&address),
                           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size)));
  close(fd);
}

}  // namespace posthaste::cli
