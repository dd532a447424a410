// The first line of the console: are codes arriving, and if not, whose fault is it and what can be
// done now? Pure: what is known goes in, one sentence and one piece of advice come out.
//
// Of several troubles the one that explains the others is told: a Redis that is away before relays,
// credentials and names before a relay that does not answer, a relay before a provider, all of them
// before ourselves. What an operator ordered (a hold) is told before what the world does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "posthaste/v1/message.pb.h"

namespace posthaste::ops {

// One relay, over the last minutes.
struct RelayView {
  std::string id;
  int64_t accepted = 0, failed = 0;  // Attempts; deferrals that speak of the relay are failures.
  bool open = true;                  // Breaker closed: it may be used.
  bool suspended = false;            // It refused our credentials.
  bool held = false;                 // By an operator.
  // Since it last took a message; nothing if its last attempt went well.
  std::optional<absl::Time> failing_since;
  std::string phase, reply;  // Of the last failure; the reply is redacted.
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
};

// One provider of mailboxes, over the last minutes.
struct ProviderView {
  std::string name;
  int64_t accepted = 0, deferred = 0, bounced = 0;
  std::optional<absl::Time> failing_since;
  std::string reply;
};

struct Situation {
  absl::Time now;
  std::string redis_trouble;  // "" = it answers and takes writes.
  std::optional<absl::Time> redis_trouble_since;
  bool sends = true;      // Some process has workers.
  int64_t codes = 0;      // In the queue: due, waiting for another try, or being sent.
  int64_t codes_due = 0;  // Of these, due and in nobody's hands.
  std::optional<absl::Time> oldest_due;  // Of codes.
  int slots = 0, slots_used = 0;
  std::string hold;  // "all mail, by ana, until 15:00: reason"; "" = nothing that stops codes.
  std::vector<RelayView> relays;
  std::vector<ProviderView> providers;
  int64_t accepted = 0;               // Codes, over the last minutes.
  std::optional<double> p99_seconds;  // From the enqueue to a relay's 250, of codes.
};

enum class Cause { kNone, kHold, kRedis, kCredentials, kDns, kRelay, kProvider, kUs };

struct Verdict {
  enum class Tone { kGood, kWarn, kBad } tone = Tone::kGood;
  Cause cause = Cause::kNone;
  std::string text;    // "Codes are late: relay mx1 answers 421 since 14:02; 312 waiting."
  std::string advice;  // What can be done now; "" if nothing need be.
};

// Times are told in UTC.
Verdict Judge(const Situation& situation);

std::string_view CauseName(Cause cause);  // "none", "hold", "redis", …

inline constexpr absl::Duration kLate = absl::Seconds(10);  // What a code may wait to be claimed.

}  // namespace posthaste::ops
