// Alarms for what only an operator can mend: refused credentials, TLS that does not fit, our
// domain's papers (Scope::kConfig). Such an answer never bounces mail, so without an alarm nobody
// would learn of it before the mail expires.
//
// An alarm stands for a relay and a class from the first such answer until the relay takes a
// message again. It is told once, and at most once an hour where it comes and goes: a relay may
// take one sender's mail and refuse another's. That a relay no longer offers STARTTLS is told as
// often; it does not stand, for mail goes on where the configuration allows it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "smtp/session.h"

namespace posthaste::smtp {

inline constexpr absl::Duration kTellAgain = absl::Hours(1);

// Which alarms stand. Pure; the time is the attempts' own.
class Alarms {
 public:
  struct Change {
    bool raised = false;             // One stands for the attempt's relay and class.
    bool tell = false;               // And it is news.
    bool stripped = false;           // STARTTLS was cut out, and it is news.
    std::vector<FailureClass> over;  // Those of the attempt's relay that stand no longer.
  };

  Change Saw(const Attempt& attempt);

 private:
  struct Alarm {
    bool stands = false;
    absl::Time told = absl::InfinitePast();
  };
  std::map<std::pair<std::string, FailureClass>, Alarm> alarms_;  // As many as relays × classes.
  std::map<std::string, absl::Time> stripped_;                    // By relay: when it was told.
};

// Over all relays of the process: posthaste_relay_alarm{relay,failure_class} and the log's
// relay_alarm. Thread-safe.
void RaiseAlarms(const Attempt& attempt);

}  // namespace posthaste::smtp
