// How a long-running command is asked to end, or to read its configuration again.
#pragma once

#include "absl/time/time.h"

namespace posthaste::cli {

enum class Asked { kNothing, kStop, kReload };

// Takes SIGTERM, SIGINT and, with `reloads`, SIGHUP from every thread that is started afterwards,
// and ignores SIGPIPE. Make it before any thread.
class StopSignals {
 public:
  explicit StopSignals(bool reloads = false);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whether one came within `limit`. After the first, another one ends the process at once.
  bool Wait(absl::Duration limit) { return WaitAny(limit) == Asked::kStop; }
  // What was asked for within `limit`; kReload is not the last.
  Asked WaitAny(absl::Duration limit);

 private:
  void Release();  // The signals do again what they do by default.

  const bool reloads_;
};

// Tells the service manager ("READY=1", "STOPPING=1"): one datagram to $NOTIFY_SOCKET
// (sd_notify(3)); nothing without it.
void NotifyManager(const char* state);

}  // namespace posthaste::cli
