// Bounces that come after a message had ended: a relay that took it tells by mail or by webhook
// that whoever comes next did not.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/messages.h"
#include "service/queue/server_clock.h"
#include "service/queue/suppression.h"
#include "service/redis/client.h"

namespace posthaste::queue {

struct LateBounce {
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  v1::FailureScope scope = v1::FAILURE_SCOPE_UNSPECIFIED;
  std::string reply;                       // Redacted; cut to what a terminal record keeps.
  std::optional<NewSuppression> suppress;  // Recipient and message are filled in.
};

enum class Reported {
  kDone,
  kNotFound,   // Or its retention is over.
  kAlready,    // Reported before, or it bounced at once: nothing changed.
  kNotEnded,   // It may be that its relay was quicker than our settlement: report it again later.
  kNeverSent,  // It ended, and no dot of it was ever sent: this bounce is not its own.
};

class LateBounces {
 public:
  // All four must outlive this; RegisterScripts was called with the client.
  LateBounces(redis::Client& client, const Keys& keys, ServerClock& clock, Messages& messages)
      : client_(client), keys_(keys), clock_(clock), messages_(messages) {}

  // Records it in one step with what follows from it (report_bounce.lua). ACCEPTED becomes BOUNCED,
  // late; UNCERTAIN stays so, late. May be repeated.
  Task<absl::StatusOr<Reported>> Report(std::string tenant, std::string id, LateBounce bounce);

 private:
  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
  Messages& messages_;
};

}  // namespace posthaste::queue
