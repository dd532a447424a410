// The thread that writes the log's lines. Lines are gathered for some milliseconds and leave in one
// write: waking a thread for each line cost more than all that the line says.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace posthaste::log {

inline constexpr size_t kQueuedBytesMax = size_t{4} << 20;
inline constexpr std::chrono::milliseconds kGather{10};

class Writer {
 public:
  // `path` empty = standard error; a file is appended to. Null if it cannot be opened.
  static std::unique_ptr<Writer> Open(const std::string& path);
  ~Writer();  // Writes what is queued.
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Never waits for the file: when more than kQueuedBytesMax are queued, the oldest lines go.
  // `line` ends in "\n". An urgent one is written at once, with all before it. Any thread.
  void Append(std::string_view line, bool urgent);

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  Writer(int fd, bool owned);
  void Run();

  const int fd_;
  const bool owned_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string queued_;  // Guarded by `mutex_`, as the next two.
  bool urgent_ = false;
  bool stopping_ = false;
  std::atomic<uint64_t> dropped_{0};
  std::thread thread_;  // Last: it uses the rest.
};

}  // namespace posthaste::log
