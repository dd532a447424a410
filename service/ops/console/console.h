// The operators' console: who may see it, and which page, script, call or stream a path means.
//
//   /console/[PAGE]           a page               /console/api/CALL      POST of JSON
//   /console/login, logout    GET, POST            /console/events        what happens now, live
//   /console/assets/FILE      scripts and styles   /console/preview/KIND  HTML that others wrote
//
// Whatever is asked but for the login and assets needs a session; whatever is posted needs its CSRF
// token; what acts needs ops.write and a reason, and is logged. In the sandbox there is one session
// for all, and the Host must be this machine, so that no page of another site reaches it by a name
// of its own (DNS rebinding).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "service/ops/console/feed.h"
#include "service/ops/console/parts.h"
#include "service/ops/console/session.h"
#include "service/ops/http.h"

namespace posthaste::ops {

// Used on its loop only.
class Console {
 public:
  // Clock and randomness outlive it.
  Console(Loop& loop, ConsoleParts parts, const Clock& clock, Random& random);

  // Whether the console answers this path.
  static bool Owns(std::string_view path);

  // REQUIRES: Owns(request.path).
  Task<Page> Answer(Request request);

  // Ends the streams.
  void Stop() { feed_.Stop(); }

 private:
  Task<Page> Inside(const Request& request, const Session& session);
  Task<Page> Call(std::string_view name, const Request& request, const Session& session);
  Page Login(const Request& request);
  Page Logout(const Request& request, const Session& session);
  Page ShowPreview(std::string_view kind, const Request& request) const;
  Page Events();
  Task<std::string> Tell();

  const ConsoleParts parts_;
  Sessions sessions_;
  Session everybody_;  // Of the sandbox.
  Feed feed_;
};

// Whether the console may be shown to who asks: in TLS, or to this machine (a proxy or a tunnel may
// stand there). In clear beyond it keys, cookies and mail would cross the network.
bool MayBeShown(const Request& request);

// Whether a Host header names this machine: localhost, 127.0.0.1 or [::1], with any port.
bool IsThisMachine(std::string_view host);

}  // namespace posthaste::ops
