// The disk under a Redis of this machine: what a Redis that is gone can no longer say for itself.
//
// With `appendfsync always` a write that finds no room ends the server (it cannot take back what it
// did in memory), so that all its clients see is a lost connection. Started again it answers until
// the next write. Whoever knows where it wrote can look whether there is room.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "service/redis/options.h"

namespace posthaste::redis {

struct Space {
  uint64_t free = 0;   // Bytes that may still be written.
  uint64_t total = 0;  // Bytes.
};

// Whether the server runs on this machine: on a Unix socket, or on loopback.
bool IsHere(const ClientOptions& options);

// Of the file system that holds `path`; nothing if it cannot be seen from here. It asks the kernel,
// which waits for a network's file system.
std::optional<Space> SpaceAt(const std::string& path);

// Whether a server that writes there ends sooner or later. What did not fit has been cut off again,
// so that a full disk has a little room.
bool NoRoom(const Space& space);

// Used by one thread.
class Disk {
 public:
  explicit Disk(std::function<std::optional<Space>(const std::string&)> look = SpaceAt);

  // Where the server writes, as it says itself. REQUIRES: it runs on this machine.
  void SetFolder(std::string folder) { folder_ = std::move(folder); }

  // To be asked when the server takes nothing: "its disk has no room: 12 KiB left in
  // /var/lib/redis"; "" if there is room, or the folder is not known.
  std::string Blame();

  // What Blame would say, from when it said something until there is room again: also while a
  // server that was started again answers, which ends with its next write.
  std::string Lingering();

 private:
  std::string Look() const;

  const std::function<std::optional<Space>(const std::string&)> look_;
  std::string folder_;
  bool blamed_ = false;
};

}  // namespace posthaste::redis
