// The operators' HTTP listener: small, bounded, on loopback. The only place that knows Beast.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/task.h"

namespace posthaste::ops {

struct Page {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// GET and HEAD of a path without query; anything else is answered 405 or 404 by the listener. Runs on the listener's loop.
using Pages = std::function<Page(std::string_view path)>;

class Http {
 public:
  // Requests at once, bytes of one, seconds for one.
  static constexpr int kConnectionsMax = 64, kRequestBytesMax = 16 << 10, kSeconds = 10;

  // Listens on "host:port" at once. UNAVAILABLE: the address is taken; INVALID_ARGUMENT: it is none.
  static absl::StatusOr<std::unique_ptr<Http>> Start(Loop& loop, const std::string& address, Pages pages);
  ~Http();

  // With the port that was chosen.
  const std::string& address() const;

 private:
  struct Impl;
  explicit Http(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace posthaste::ops
