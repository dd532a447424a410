// Places of a test's own: a folder that goes away, a port that is free.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace posthaste {

// A fresh folder with a short path (Unix sockets allow 107 bytes), removed with all that is in it
// at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Writes a file of the folder, readable by its owner only, and returns its path.
  std::string Write(std::string_view name, std::string_view bytes) const;

 private:
  std::string path_;
};

// A TCP port of 127.0.0.1 that nobody listens on. Someone may take it before the caller does: where
// a server can say which port it got, let it bind to 0 instead.
uint16_t FreePort();

// The bytes of a file; empty if there is none.
std::string ReadFile(const std::string& path);

}  // namespace posthaste
