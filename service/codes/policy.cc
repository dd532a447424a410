#include "service/codes/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "service/codes/derive.h"

namespace posthaste::codes {
namespace {

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(message); }

std::string Seconds(absl::Duration duration) {
  return fmt::format("{:g} s", absl::ToDoubleSeconds(duration));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

absl::Status CheckPolicy(const Policy& policy) {
  if (policy.code_length_min < kCodeLengthMin || policy.code_length_min > kCodeLengthMax) {
    return Invalid("code_length_min is not between 4 and 10");
  }
  if (policy.code_length < policy.code_length_min || policy.code_length > kCodeLengthMax) {
    return Invalid("code_length is not between code_length_min and 10");
  }
  if (policy.min_useful_time < absl::ZeroDuration()) return Invalid("min_useful_time is negative");
  if (policy.ttl <= policy.min_useful_time) return Invalid("ttl is not over min_useful_time");
  if (policy.lifetime_max < policy.ttl) return Invalid("lifetime_max is less than ttl");
  if (policy.guesses < 1) return Invalid("guesses is less than 1");
  if (policy.sends < 1) return Invalid("sends is less than 1");
  if (policy.wrong_guesses_per_day < policy.guesses) {
    return Invalid("wrong_guesses_per_day is less than guesses");
  }
  if (policy.live_generations < 1) return Invalid("live_generations is less than 1");
  if (policy.cooldowns.empty()) return Invalid("cooldowns is empty");
  for (const absl::Duration cooldown : policy.cooldowns) {
    if (cooldown < absl::ZeroDuration()) return Invalid("cooldowns has a negative one");
  }
  return absl::OkStatus();
}

std::optional<Violation> Apply(const Wishes& wishes, Policy& policy) {
  if (wishes.ttl && (*wishes.ttl <= policy.min_useful_time || *wishes.ttl > policy.lifetime_max)) {
    return Violation{"ttl", "TTL_OUT_OF_RANGE",
                     fmt::format("must be over {} and at most {}", Seconds(policy.min_useful_time),
                                 Seconds(policy.lifetime_max))};
  }
  if (wishes.code_length &&
      (*wishes.code_length < policy.code_length_min || *wishes.code_length > kCodeLengthMax)) {
    return Violation{
        "code_length", "CODE_POLICY_VIOLATION",
        fmt::format("must be between {} and {}", policy.code_length_min, kCodeLengthMax)};
  }
  if (wishes.ttl) policy.ttl = *wishes.ttl;
  if (wishes.code_length) policy.code_length = *wishes.code_length;
  if (wishes.resend_policy) policy.resend_policy = *wishes.resend_policy;
  return std::nullopt;
}

std::optional<Violation> CheckCustomCode(const Policy& policy, std::string_view code) {
  const auto size = static_cast<int>(std::min<size_t>(code.size(), kCodeLengthMax + 1));
  if (size < policy.code_length_min || size > kCodeLengthMax ||
      !std::all_of(code.begin(), code.end(), IsDigit)) {
    return Violation{
        "custom_code", "CODE_POLICY_VIOLATION",
        fmt::format("must be {} to {} digits", policy.code_length_min, kCodeLengthMax)};
  }
  return std::nullopt;
}

absl::Duration CooldownAfter(const Policy& policy, int sends) {
  const auto last = policy.cooldowns.size() - 1;
  return policy.cooldowns[std::min(static_cast<size_t>(sends - 1), last)];
}

Odds OddsOf(const Policy& policy) {
  const int length = std::min(policy.code_length, policy.code_length_min);
  Odds odds;
  odds.per_guess = std::min(1.0, policy.live_generations / std::pow(10.0, length));
  const auto within = [&](int guesses) { return std::min(1.0, guesses * odds.per_guess); };
  odds.per_verification = within(policy.guesses);
  const double none_of_full =
      std::pow(1 - odds.per_verification, policy.wrong_guesses_per_day / policy.guesses);
  const double none_of_rest = 1 - within(policy.wrong_guesses_per_day % policy.guesses);
  const int stepped_up = std::max(length, kStepUpLength);
  const double none_of_step_up =
      std::pow(1 - policy.live_generations / std::pow(10.0, stepped_up),
               static_cast<double>(policy.sends_per_day) * kStepUpGuesses);
  odds.per_day = 1 - none_of_full * none_of_rest * none_of_step_up;
  return odds;
}

absl::Status CheckOdds(const Policy& policy, double per_day_ceiling) {
  const double per_day = OddsOf(policy).per_day;
  if (per_day <= per_day_ceiling) return absl::OkStatus();
  return Invalid(
      fmt::format("policy lets a code be guessed with a probability of {:.2g} a day, over the "
                  "ceiling of {:.2g}: "
                  "make codes longer, or guesses, wrong_guesses_per_day, live_generations or "
                  "limits.sends_per_recipient_day fewer",
                  per_day, per_day_ceiling));
}

}  // namespace posthaste::codes
