// The operators' HTTP listener: small and bounded, in clear or in TLS. The only place that knows
// Beast.
//
// What a path means, who may ask and what is answered belongs to others (pages.h, console/): here a
// request becomes a value and a Page becomes bytes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/ops/tls.h"

namespace posthaste::ops {

struct Request {
  std::string method;                                       // "GET", "HEAD" or "POST".
  std::string path;                                         // "/console/queue", as it came.
  std::string query;                                        // Behind the '?', as it came.
  std::map<std::string, std::string, std::less<>> headers;  // By lower-case name.
  std::string body;                                         // Of a POST.
  std::string source;                                       // The client's address, "192.0.2.7".
  bool encrypted = false;                                   // It came in TLS.

  std::string_view Header(std::string_view name) const;  // "" if there is none.
};

struct Page {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  // Beside Content-Type, X-Content-Type-Options and, unless it is given here, "Cache-Control:
  // no-store".
  std::vector<std::pair<std::string, std::string>> headers = {};
  // If set, the answer has no length: what this returns follows `body`, each as soon as it is
  // there, until it is "" or the client has gone. Each call must return within a minute.
  std::function<Task<std::string>()> more = nullptr;
};

// Answers a request, on the listener's loop, within HttpLimits::time or so. The listener answers
// the rest itself: other methods 405, a header that is too large 431, a body that is 413, what is
// no request 400.
using Pages = std::function<Task<Page>(Request request)>;

struct HttpLimits {
  int connections = 64;                     // One more is closed at once.
  unsigned header_bytes = 16 << 10;         // Of one request.
  unsigned body_bytes = 64 << 10;           // Of a POST; bodies of others are not read.
  absl::Duration time = absl::Seconds(10);  // To read a request, and to write its answer.
};

class Http {
 public:
  // Listens on "host:port" at once. UNAVAILABLE: the address is taken; INVALID_ARGUMENT: it is
  // none.
  // `tls`: null = in clear.
  static absl::StatusOr<std::unique_ptr<Http>> Start(Loop& loop, const std::string& address,
                                                     Pages pages,
                                                     std::shared_ptr<const Tls> tls = nullptr,
                                                     const HttpLimits& limits = {});
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
