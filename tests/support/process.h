// A child process whose output a test reads. It never outlives the test.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace posthaste {

class Process {
 public:
  // Starts argv[0] (searched in PATH) with `environment` ("NAME=value") added to ours and `input`
  // as its standard input. Throws if it cannot be forked; a program that is not there exits with
  // 127. The kernel kills the child when the thread that started it ends, so start it from the
  // test's own.
  explicit Process(const std::vector<std::string>& argv,
                   const std::vector<std::string>& environment = {}, std::string_view input = {});
  ~Process();  // SIGKILL, if it still runs.
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  // What it has written so far. Kept in memory files: a child never blocks because nobody reads.
  std::string Out() const;
  std::string Err() const;

  // The first complete line of either stream that contains `part`, once there is one; nothing if
  // the limit passes, or the child ends, without it.
  std::optional<std::string> WaitForLine(std::string_view part,
                                         absl::Duration limit = absl::Seconds(10));

  void Signal(int signal) const;

  // The exit code, or minus the signal that ended it; nothing if it still runs after the limit.
  std::optional<int> Wait(absl::Duration limit = absl::Seconds(10));
  bool Running() { return !Wait(absl::ZeroDuration()).has_value(); }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::optional<int> status_;
};

struct Finished {
  int code = 0;  // As Process::Wait; -SIGKILL if the limit passed.
  std::string out;
  std::string err;
};

// Runs a command to its end.
Finished RunProcess(const std::vector<std::string>& argv,
                    const std::vector<std::string>& environment = {}, std::string_view input = {},
                    absl::Duration limit = absl::Seconds(30));

}  // namespace posthaste
