// The operators' HTTP listener: small, bounded, on loopback. The only place that knows Beast.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"

namespace posthaste::ops {

struct Page {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// GET and HEAD of a path without query. Runs on the listener's loop. The listener answers the rest
// itself: other methods 405, a header that is too large 431, what is no request 400.
using Pages = std::function<Page(std::string_view path)>;

struct HttpLimits {
  int connections = 64;                     // One more is closed at once.
  unsigned header_bytes = 16 << 10;         // Of one request; bodies are not read.
  absl::Duration time = absl::Seconds(10);  // To read a request, and to write its answer.
};

class Http {
 public:
  // Listens on "host:port" at once. UNAVAILABLE: the address is taken; INVALID_ARGUMENT: it is
  // none.
  static absl::StatusOr<std::unique_ptr<Http>> Start(Loop& loop, const std::string& address,
                                                     Pages pages, const HttpLimits& limits = {});
  // Closes the listener, on its loop; open connections end with their request. `pages` must last as
  // long as the loop runs.
  ~Http();

  // With the port that was chosen.
  const std::string& address() const;

 private:
  struct Impl;
  explicit Http(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace posthaste::ops
