// `posthaste doctor`: looks at everything that a service with this configuration would need, and
// says in plain words what is wrong and what to do next. Starts nothing, writes nothing, sends no
// mail.
#pragma once

#include <functional>

#include "service/cli/app.h"
#include "service/cli/doctor_options.h"
#include "service/cli/terminal.h"
#include "service/doctor/look.h"

namespace posthaste::doctor {

// From the configuration to the parts: what the wiring above knows (service/assemble.h).
struct Parts {
  cli::CheckService check;
  std::function<absl::StatusOr<redis::ClientOptions>(const config::v1::Redis&)> redis;
  std::function<redis::Durability(const config::v1::Redis&)> durability;
  std::function<absl::StatusOr<std::vector<std::shared_ptr<smtp::Relay>>>(
      const config::v1::Config&)>
      relays;
};

// Exit codes: 0 nothing is wrong (there may be warnings), 1 a fault was found, 2 the configuration
// cannot be read.
int RunDoctor(const cli::DoctorOptions& options, const Parts& parts, cli::Terminal& terminal);

}  // namespace posthaste::doctor
