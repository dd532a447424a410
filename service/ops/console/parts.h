// What the console is given: it knows pages, sessions and tokens, but nothing of messages or
// relays.
//
// Whoever wires the service hands in calls and previews, so that the console shows what the service
// itself answers and does nothing in a way of its own.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/ops/console/session.h"

namespace posthaste::ops {

// One use of a call.
struct Order {
  Operator who;
  std::string reason;   // Of a call that acts: never empty.
  std::string request;  // JSON.
};

struct ConsoleCall {
  bool acts = false;  // Changes something: asks for ops.write and a reason, and is logged.
  // JSON; or why not, in words for the operator. Answers within seconds.
  std::function<Task<absl::StatusOr<std::string>>(Order order)> run;
};

// HTML that others wrote, for a frame that runs nothing. `query` as in the URL.
using Preview = std::function<absl::StatusOr<std::string>(std::string_view query)>;

struct ConsoleParts {
  // Whose key it is that came from the address `source`; UNAUTHENTICATED, or PERMISSION_DENIED
  // without ops.read or from where the key is not for.
  std::function<absl::StatusOr<Operator>(std::string_view key, std::string_view source)>
      authenticate;
  std::map<std::string, ConsoleCall, std::less<>> calls;
  std::map<std::string, Preview, std::less<>> previews;
  // What the page Now shows, as JSON; asked about once a second while anybody looks.
  std::function<Task<std::string>()> now;
  // More that is told live beside it: the name of a member, and its JSON.
  std::map<std::string, std::function<std::string()>> beats;
  // The sandbox: nobody logs in, whoever asks from this machine may do everything, and there are an
  // inbox and drafts.
  bool sandbox = false;
  std::string version;
};

}  // namespace posthaste::ops
