// How strict verifications are: the configured policy, what a request may wish for, and the odds
// that it leaves to an attacker.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace posthaste::codes {

// What a resend mails.
enum class ResendPolicy {
  kSameCode,             // The same code; its expiry does not move.
  kNewCodeKeepPrevious,  // A new code; earlier ones stay valid until their own expiry.
  kNewCodeSupersede,     // A new code; earlier ones become stale.
};

struct Policy {
  int code_length = 6;
  int code_length_min = 6;  // The shortest that a request may wish for.
  absl::Duration ttl = absl::Minutes(10);
  int guesses = 5;  // Per verification; a resend buys none.
  std::vector<absl::Duration> cooldowns = {
      absl::Seconds(30), absl::Seconds(60),
      absl::Seconds(120)};         // After each send; the last repeats.
  int sends = 5;                   // Per verification, the first one included.
  int wrong_guesses_per_day = 20;  // Per tenant, purpose and recipient, across verifications.
  absl::Duration min_useful_time = absl::Seconds(60);  // A code with less left is not mailed again.
  absl::Duration lifetime_max = absl::Minutes(30);     // Of a verification, from its first send.
  ResendPolicy resend_policy = ResendPolicy::kSameCode;
  int live_generations = 2;  // Codes of one verification that may be valid at once.
  int sends_per_day = 30;    // Of codes to one recipient: as many verifications there can be.
};

// Who has used up the day's wrong guesses is not locked out, but gets codes that are not worth
// guessing: these.
inline constexpr int kStepUpLength = 8, kStepUpGuesses = 1;

// INVALID_ARGUMENT "<setting> <what>" for a policy that no service should start with.
absl::Status CheckPolicy(const Policy& policy);

// What a request may ask for itself.
struct Wishes {
  std::optional<absl::Duration> ttl;
  std::optional<int> code_length;
  std::optional<ResendPolicy> resend_policy;
};

struct Violation {
  std::string_view field;   // Of the request.
  std::string_view reason;  // Of google.rpc.ErrorInfo.
  std::string description;
};

// Puts the wishes into `policy`, or leaves it as it is and says which one cannot be granted.
std::optional<Violation> Apply(const Wishes& wishes, Policy& policy);

// A caller's own code is 4 to 10 ASCII digits, and not shorter than code_length_min.
std::optional<Violation> CheckCustomCode(const Policy& policy, std::string_view code);

// The wait after the `sends`-th send. REQUIRES: sends ≥ 1.
absl::Duration CooldownAfter(const Policy& policy, int sends);

// The probability that somebody without the mail guesses a code, with the shortest length that a
// request may have and as many live codes as there can be.
struct Odds {
  double per_guess = 0;
  double per_verification = 0;  // Within its guesses, none tried twice.
  // Within the day's budget, over as many verifications as it takes, and at the stepped-up codes of
  // all that may be sent besides.
  double per_day = 0;
};
Odds OddsOf(const Policy& policy);

// INVALID_ARGUMENT with both figures if `per_day` is over the ceiling.
absl::Status CheckOdds(const Policy& policy, double per_day_ceiling);

}  // namespace posthaste::codes
