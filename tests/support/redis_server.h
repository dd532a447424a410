// A private, real redis-server for a test binary, on a Unix socket in a folder of its own, with an
// append-only file.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste {

struct RedisOptions {
  std::string appendfsync = "always";  // "always", "everysec" or "no"; empty: no append-only file.
  bool tcp = false;                    // Listens on a free port of 127.0.0.1 as well.
  bool movable_clock = false;          // Enables MoveClock.
  bool record_syncs = false;           // Enables CutToLastSync.
  std::vector<std::string> arguments;  // More of the command line: {"--maxmemory", "10mb"}.
};

class RedisServer {
 public:
  // Returns when the server answers PING; throws with its log if it does not within thirty seconds.
  explicit RedisServer(RedisOptions options = {});
  ~RedisServer();  // SIGKILL.

  const std::string& socket() const { return socket_; }
  uint16_t port() const { return port_; }  // 0 without `tcp`. The same after Restart.
  const std::string& dir() const { return dir_.path(); }
  pid_t pid() const { return process_ == nullptr ? -1 : process_->pid(); }

  void Kill9();  // As a crash of the process: what it wrote stays.
  void Stop();   // SIGTERM, and waits for the end.
  void
  Restart();  // Starts it again on the same data, clock and addresses; kills it first if it runs.
  void Freeze() { process_->Signal(SIGSTOP); }  // Connections stay open, nothing is answered.
  void Thaw() { process_->Signal(SIGCONT); }

  // Moves the server's wall clock (TIME, PX, EXPIREAT) relative to where it is. REQUIRES:
  // `movable_clock`.
  void MoveClock(absl::Duration by);

  // Cuts each append-only file to its length at its last successful sync, as a power failure might.
  // Returns how many bytes went. REQUIRES: `record_syncs`, and the server not running.
  uint64_t CutToLastSync();

  // One command on a connection of its own, its reply as text: a string as it is, "(nil)", "(error)
  // …", arrays one element a line. Throws if the server does not answer within five seconds.
  std::string Call(const std::vector<std::string>& command) const;

 private:
  void Start();
  bool Answers() const;

  const RedisOptions options_;
  const TempDir dir_;
  const std::string socket_;
  const uint16_t port_;
  std::unique_ptr<Process> process_;
};

}  // namespace posthaste
