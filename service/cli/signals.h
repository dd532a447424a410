// How a long-running command is asked to end.
#pragma once

#include "absl/time/time.h"

namespace posthaste::cli {

// Takes SIGTERM and SIGINT from every thread that is started afterwards, and ignores SIGPIPE. Make
// it before any thread.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whether one came within `limit`. After the first, another one ends the process at once.
  bool Wait(absl::Duration limit);

 private:
  void Release();  // The signals do again what they do by default.
};

// Tells the service manager ("READY=1", "STOPPING=1"): one datagram to $NOTIFY_SOCKET
// (sd_notify(3)); nothing without it.
void NotifyManager(const char* state);

}  // namespace posthaste::cli
