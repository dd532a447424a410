// The command line as a whole: reads the words, fills in the options, calls the command.
#pragma once

#include <functional>

#include "service/cli/doctor_options.h"
#include "service/cli/options.h"
#include "service/cli/service.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// What lies above the command line, or beside it.
struct Hooks {
  StartService start;
  CheckService check;
  std::function<int(const DoctorOptions&, Terminal&)> doctor;
  std::function<int(const SandboxOptions&, Terminal&)> sandbox;
  std::function<int(const DemoOptions&, Terminal&)> demo;
  std::function<int(const InboxOptions&, Terminal&)> inbox;
  std::function<int(const CaptureOptions&, Terminal&)> capture;
};

// Returns the exit code (exit_code.h).
int Run(int argc, const char* const* argv, const Hooks& hooks, Terminal& terminal);

}  // namespace posthaste::cli
