// Tells, while a sandbox sends real mail, what a relay refused: relay, phase, reply, and what to
// do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "posthaste/v1/message.pb.h"
#include "service/cli/terminal.h"

namespace posthaste::sandbox {

// An attempt that no relay accepted, from a line of the log.
struct Refused {
  std::string message, state, relay, reply;
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
};

// Nothing for lines of another event, and for attempts that were accepted or reached no relay.
std::optional<Refused> ReadRefused(std::string_view line);

class RelayWatch {
 public:
  // The phase in which the message's last attempt ended; "" if it is not known.
  using PhaseOf = std::function<std::string(const std::string& message)>;

  // Reads what is appended to `log_file` from now on.
  RelayWatch(std::string log_file, PhaseOf phase_of);

  void Print(cli::Terminal& terminal);

 private:
  std::string log_file_;
  PhaseOf phase_of_;
  int64_t offset_ = 0;
  std::string unread_;
};

}  // namespace posthaste::sandbox
