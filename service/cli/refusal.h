// The service's "no" in plain words: what was wrong, which fields, and when to try again
// (google.rpc details, AIP-193).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

struct Refusal {
  struct Violation {
    std::string field, description;
  };
  int code = 0;        // google.rpc.Code.
  std::string reason;  // "RESEND_COOLDOWN"; "" if the service gave none.
  std::string message;
  std::vector<Violation> violations;
  std::optional<absl::Duration> retry;  // How long to wait.
};

// `details`: the serialized google.rpc.Status that came with the answer; may be empty.
Refusal ReadRefusal(int code, std::string_view message, std::string_view details);

// "RESOURCE_EXHAUSTED"; "UNKNOWN" for what is no code.
std::string CodeName(int code);

// Prints it to standard error, as text or as JSON, and returns the exit code. `address` is told
// when nobody answers there.
int Explain(const Refusal& refusal, const std::string& address, bool json, Terminal& terminal);

}  // namespace posthaste::cli
