#include "base/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace posthaste::log {
namespace {

uint64_t Lines(std::string_view text) {
  return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// What could not be written.
std::string_view WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return text;
}

}  // namespace

std::unique_ptr<Writer> Writer::Open(const std::string& path) {
  const bool owned = !path.empty();
  constexpr mode_t kMode = 0666;  // The umask says the rest.
  const int fd =
      owned ? open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode) : STDERR_FILENO;
  if (fd < 0) return nullptr;
  return std::unique_ptr<Writer>(new Writer(fd, owned));
}

Writer::Writer(int fd, bool owned) : fd_(fd), owned_(owned), thread_([this] { Run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (owned_) close(fd_);
}

void Writer::Append(std::string_view line, bool urgent) {
  bool wakes = urgent;
  {
    const std::lock_guard lock(mutex_);
    if (queued_.size() + line.size() > kQueuedBytesMax) {
      // An eighth at once, so that the rest is not moved for each line.
      const size_t end = queued_.find('\n', std::max(queued_.size() / 8, line.size()));
      const size_t gone = end == std::string::npos ? queued_.size() : end + 1;
      dropped_.fetch_add(Lines(std::string_view(queued_).substr(0, gone)),
                         std::memory_order_relaxed);
      queued_.erase(0, gone);
    }
    wakes = wakes || queued_.empty();
    urgent_ = urgent_ || urgent;
    queued_.append(line);
  }
  if (wakes) wake_.notify_one();
}

void Writer::Run() {
  std::string writing;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queued_.empty(); });
    wake_.wait_for(lock, kGather, [this] { return stopping_ || urgent_; });
    if (stopping_ && queued_.empty()) return;
    writing.swap(queued_);
    urgent_ = false;
    lock.unlock();
    dropped_.fetch_add(Lines(WriteAll(fd_, writing)), std::memory_order_relaxed);
    writing.clear();
    lock.lock();
  }
}

}  // namespace posthaste::log
