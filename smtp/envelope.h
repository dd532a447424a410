// What a relay is told of a message: who sends it, for whom, and how long it makes sense.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "smtp/progress.h"

namespace posthaste::smtp {

struct Envelope {
  std::string mail_from;  // The VERP return path; "" = null reverse-path.
  std::string rcpt_to;
  std::string
      id;  // Told to relays with DSN, which repeat it in a bounce (RFC 3461 4.4). Printable.
  bool needs_smtputf8 = false;
  // Where it was greylisted: the id of the relay, which is then to be reached at the same address
  // again ("192.0.2.1:25"), so that this is its second attempt there (RFC 6647). "" = nowhere.
  std::string again_relay, again_address;
  // How long the reply to the dot may take for this message.
  absl::Duration dot_limit = absl::Seconds(600);
  // No dot begins at or after this time, even if the fence passed before it: a slow body can
  // outlast a code. Steady, because a wall clock that is set meanwhile must not end a message that
  // the fence has passed.
  SteadyTime deadline = SteadyTime::max();
  // Where whoever watches over the message sees that something moves; null: nobody does.
  std::shared_ptr<Progress> progress;
};

}  // namespace posthaste::smtp
