// The built program, as a shell would call it.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste {

inline const char kProgram[] = PH_BINARY_DIR "/posthaste";

inline Finished Posthaste(std::vector<std::string> words) {
  words.insert(words.begin(), kProgram);
  return RunProcess(words, {}, {}, absl::Seconds(60));
}

// `posthaste sandbox` on free ports and a folder of its own.
class RunningSandbox {
 public:
  RunningSandbox() { Start(); }

  void Start() {
    process_.emplace(std::vector<std::string>{kProgram, "sandbox", "--data-dir", dir(),
                                              "--grpc-port", "0", "--http-port", "0", "--smtp-port",
                                              "0"});
    const bool up = process_->WaitForLine("Ctrl-C ends it", absl::Seconds(60)).has_value();
    EXPECT_TRUE(up) << process_->Out() << process_->Err() << ReadFile(dir() + "/posthaste.log");
  }
  std::optional<int> Stop() {
    process_->Signal(SIGTERM);
    return process_->Wait(absl::Seconds(30));
  }
  // A client command that finds this sandbox.
  Finished Call(std::vector<std::string> words) const {
    words.insert(words.end(), {"--data-dir", dir()});
    return Posthaste(words);
  }
  const std::string& dir() const { return dir_.path(); }
  Process& process() { return *process_; }
  // What stands behind `label` in what it printed.
  std::string Row(const std::string& label) const {
    const std::string out = process_->Out();
    const size_t at = out.find("  " + label + " ");
    if (at == std::string::npos) return "";
    const size_t begin = out.find_first_not_of(' ', at + 2 + label.size());
    return out.substr(begin, out.find('\n', begin) - begin);
  }

 private:
  TempDir dir_;
  std::optional<Process> process_;
};

}  // namespace posthaste
