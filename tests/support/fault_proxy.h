// A TCP proxy that puts faults between a client and a server on this machine: Redis or a relay.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace posthaste {

class FaultProxy {
 public:
  // Passes connections to its own port of 127.0.0.1 on to `target` there.
  explicit FaultProxy(uint16_t target);
  ~FaultProxy();

  uint16_t port() const;

  enum class Mode {
    kPass,
    kBlackhole,  // Nothing passes in either direction; connections stay open.
    kDrip,       // One byte at a time, in both directions, `delay` before each.
    kSwallow,    // What the client says passes, what the server says does not.
    kRefuse,     // New connections are closed at once; those that stand go on.
  };
  // From now on, also for connections that stand. What a black hole took passes on afterwards.
  void Set(Mode mode);
  // Before each piece that passes, in either direction.
  void SetDelay(absl::Duration delay);
  // Ends every connection, with FIN or RST.
  void Cut(bool reset);
  // The next connection is cut as soon as it has carried so many bytes towards the client.
  void CutAfter(int64_t bytes);

  int connections() const;  // Since the start.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste
