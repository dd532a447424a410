// A relay that keeps what it receives: the SMTP server of the sandbox. On 127.0.0.1 only, on a
// thread of its own.
//
// It answers 250 to the dot only after the message is on the disk, so what was accepted can be read
// from the inbox.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/sandbox/inbox.h"

namespace posthaste::sandbox {

struct CaptureLimits {
  int sessions = 200;                      // One more is answered 421.
  absl::Duration idle = absl::Minutes(5);  // RFC 5321 4.5.3.2.7.
  size_t line_bytes = 64 * 1024;           // A longer line ends the session.
};

class CaptureServer {
 public:
  // Port 0 = one that is free. UNAVAILABLE names the port that is taken.
  static absl::StatusOr<std::unique_ptr<CaptureServer>> Start(uint16_t port, InboxWriter inbox,
                                                              CaptureLimits limits = {});
  ~CaptureServer();  // Closes every session.

  uint16_t port() const;

 private:
  struct Impl;
  explicit CaptureServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste::sandbox
