#include "service/codes/life.h"

#include <algorithm>

namespace posthaste::codes {
namespace {

SendDecision Fresh(SendAction action, const Policy& policy, absl::Time now) {
  SendDecision decision;
  decision.action = action;
  decision.expire_time = now + policy.ttl;
  decision.next_send_time = now + CooldownAfter(policy, 1);
  decision.guesses_left = policy.guesses;
  return decision;
}

SendDecision Unchanged(SendAction action, const VerificationState& existing) {
  SendDecision decision;
  decision.action = action;
  decision.generation = existing.current_generation();
  decision.oldest_live = existing.oldest_live;
  decision.expire_time = existing.expire_time();
  decision.next_send_time = existing.next_send_time;
  decision.sends = existing.sends;
  decision.guesses_left = existing.guesses_left;
  return decision;
}

bool CanRepeatCode(const VerificationState& existing, CodeSource source) {
  switch (source) {
    case CodeSource::kDerived:
      return existing.generations.back().custom_digest.empty();
    case CodeSource::kCustomSame:
      return true;
    case CodeSource::kCustomOther:
      break;
  }
  return false;
}

// The oldest generation that stays live beside the new one.
uint32_t OldestBeside(const VerificationState& existing, uint32_t generation,
                      const Policy& policy) {
  if (existing.resend_policy == ResendPolicy::kNewCodeSupersede) return generation;
  const auto live = static_cast<uint32_t>(policy.live_generations);
  return std::max(existing.oldest_live, generation >= live ? generation - live + 1 : 1U);
}

// A pending verification, for which a guess may be lost.
CheckDecision Wrong(const VerificationState& existing, CheckResult result) {
  CheckDecision decision;
  decision.result = result;
  decision.costs_guess = true;
  decision.charges_budget = true;
  if (existing.guesses_left <= 1) decision.becomes = State::kGuessesExhausted;
  return decision;
}

CheckResult ResultOf(State state) {
  switch (state) {
    case State::kVerified:
      return CheckResult::kAlreadyUsed;
    case State::kGuessesExhausted:
      return CheckResult::kGuessesExhausted;
    case State::kSuperseded:
      return CheckResult::kStaleCode;
    case State::kCancelled:
    case State::kUndeliverable:
      return CheckResult::kCancelled;
    case State::kExpired:
    case State::kPending:  // Whose time is over.
      break;
  }
  return CheckResult::kExpired;
}

}  // namespace

SendDecision DecideSend(const VerificationState* existing, const SendRequest& request,
                        const Policy& policy, absl::Time now) {
  if (existing == nullptr || existing->state != State::kPending || now >= existing->expire_time()) {
    return Fresh(SendAction::kCreate, policy, now);
  }
  if (request.force_new || request.binding_hash != existing->binding_hash) {
    return Fresh(SendAction::kSupersedeAndCreate, policy, now);
  }
  if (existing->sends >= policy.sends) {
    SendDecision refusal = Unchanged(SendAction::kRefuseMaxSends, *existing);
    refusal.retry_time = existing->expire_time();
    return refusal;
  }
  if (now < existing->next_send_time) {
    SendDecision refusal = Unchanged(SendAction::kRefuseCooldown, *existing);
    refusal.retry_time = existing->next_send_time;
    return refusal;
  }

  SendDecision decision = Unchanged(SendAction::kResendSame, *existing);
  decision.sends = existing->sends + 1;
  decision.next_send_time = now + CooldownAfter(policy, decision.sends);
  if (existing->resend_policy == ResendPolicy::kSameCode &&
      CanRepeatCode(*existing, request.source) &&
      existing->expire_time() - now >= policy.min_useful_time) {
    return decision;
  }
  decision.action = SendAction::kResendNew;
  decision.generation = existing->current_generation() + 1;
  decision.oldest_live = OldestBeside(*existing, decision.generation, policy);
  decision.expire_time =
      std::min(now + existing->ttl, existing->first_create_time + policy.lifetime_max);
  if (decision.expire_time - now < policy.min_useful_time) {
    return Fresh(SendAction::kSupersedeAndCreate, policy, now);
  }
  return decision;
}

CheckDecision DecideCheck(const VerificationState& existing, std::string_view purpose,
                          std::string_view binding_hash, const CodeVerdict& verdict,
                          absl::Time now) {
  const bool pending = existing.state == State::kPending && now < existing.expire_time();
  const bool guessable = pending && existing.guesses_left > 0;
  const auto mismatch = [&](CheckResult result) {
    return guessable ? Wrong(existing, result) : CheckDecision{.result = result};
  };
  if (purpose != existing.purpose) return mismatch(CheckResult::kPurposeMismatch);
  if (binding_hash != existing.binding_hash) return mismatch(CheckResult::kBindingMismatch);
  if (!pending) {
    CheckDecision decision{.result = ResultOf(existing.state)};
    if (existing.state == State::kPending) decision.becomes = State::kExpired;
    return decision;
  }
  if (!guessable) {
    return {.result = CheckResult::kGuessesExhausted, .becomes = State::kGuessesExhausted};
  }
  switch (verdict.kind) {
    case CodeVerdict::Kind::kMatched:
      return {.result = CheckResult::kMatched, .becomes = State::kVerified};
    case CodeVerdict::Kind::kStale:
      if (existing.stale_refunded) return Wrong(existing, CheckResult::kStaleCode);
      return {.result = CheckResult::kStaleCode, .refunds_stale = true};
    case CodeVerdict::Kind::kNone:
      break;
  }
  return Wrong(existing, CheckResult::kMismatched);
}

}  // namespace posthaste::codes
