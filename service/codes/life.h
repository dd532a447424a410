// What happens to a verification when its code is asked for again, and when somebody types one.
//
// Pure decisions: the caller reads the verification, decides here, and has a script apply the
// answer if the verification is still what was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "service/codes/compare.h"
#include "service/codes/policy.h"
#include "service/codes/state.h"

namespace posthaste::codes {

// Where the code of a request comes from, seen from the existing verification.
enum class CodeSource {
  kDerived,      // No code in the request.
  kCustomSame,   // The caller's own, and it is the current generation's.
  kCustomOther,  // The caller's own, and it is not (or there is no verification yet).
};

struct SendRequest {
  std::string_view binding_hash;
  bool force_new = false;
  CodeSource source = CodeSource::kDerived;
};

enum class SendAction {
  kCreate,              // There is none that lives: a verification of its own.
  kResendSame,          // Mail the current generation again.
  kResendNew,           // Mail a new generation of the same verification.
  kSupersedeAndCreate,  // End the existing one as SUPERSEDED; a verification of its own.
  kRefuseCooldown,      // Too soon.
  kRefuseMaxSends,      // It was mailed as often as it may be.
};

// What the verification is like after the send; for a refusal, as it is.
struct SendDecision {
  SendAction action = SendAction::kCreate;
  uint32_t generation = 1;  // The one to mail; the current one.
  uint32_t oldest_live = 1;
  absl::Time expire_time;  // Of `generation`.
  absl::Time next_send_time;
  int sends = 1;
  int guesses_left = 0;
  absl::Time retry_time;  // Refusals: when a send can succeed again.
};

// Asking again is a resend, of the policy that the verification was created with; `policy` gives
// the numbers of a new one, and the limits. Another binding or force_new supersedes without a
// cooldown: the recipient's limits bound that. Sends left are judged before the cooldown, because
// waiting for that would not help. A code that cannot be repeated (less than min_useful_time left,
// or the caller's own and not given again) becomes a new generation; if its time would be too short
// as well, by lifetime_max, the verification is superseded. `existing` may be null. REQUIRES:
// CheckPolicy(policy).ok().
SendDecision DecideSend(const VerificationState* existing, const SendRequest& request,
                        const Policy& policy, absl::Time now);

enum class CheckResult {
  kMatched,
  kMismatched,
  kStaleCode,  // A real code, but not of the newest mail.
  kExpired,
  kGuessesExhausted,
  kAlreadyUsed,
  kCancelled,
  kPurposeMismatch,
  kBindingMismatch,
};

struct CheckDecision {
  CheckResult result = CheckResult::kMismatched;
  bool costs_guess = false;      // Of the verification.
  bool charges_budget = false;   // Of the day's wrong guesses.
  bool refunds_stale = false;    // Sets `stale_refunded`.
  std::optional<State> becomes;  // The state that ends it.
};

// Purpose and binding come first, whatever the state and the code, and cost a guess while it is
// pending; then the state; then the verdict. The first stale code costs nothing, later ones a
// guess. A verification that was superseded answers kStaleCode, an undeliverable one kCancelled:
// what to do is the same.
CheckDecision DecideCheck(const VerificationState& existing, std::string_view purpose,
                          std::string_view binding_hash, const CodeVerdict& verdict,
                          absl::Time now);

}  // namespace posthaste::codes
