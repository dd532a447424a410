#include "service/api/policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/config/load.h"

namespace posthaste::api {
namespace {

codes::State StateOf(v1::Verification::State state) {
  switch (state) {
    case v1::Verification::VERIFIED:
      return codes::State::kVerified;
    case v1::Verification::EXPIRED:
      return codes::State::kExpired;
    case v1::Verification::GUESSES_EXHAUSTED:
      return codes::State::kGuessesExhausted;
    case v1::Verification::SUPERSEDED:
      return codes::State::kSuperseded;
    case v1::Verification::CANCELLED:
      return codes::State::kCancelled;
    case v1::Verification::UNDELIVERABLE:
      return codes::State::kUndeliverable;
    default:
      return codes::State::kPending;
  }
}

// The tightest of what bounds the codes that one recipient can be sent for one purpose.
int SendsPerDay(const config::v1::Limits& limits) {
  constexpr int kHours = 24;
  int64_t sends = 1'000'000;  // Without any limit.
  const auto at_most = [&](int64_t limit, int times) {
    if (limit > 0) sends = std::min(sends, limit * times);
  };
  at_most(limits.sends_per_recipient_day(), 1);
  at_most(limits.sends_per_recipient_hour(), kHours);
  at_most(limits.codes_per_recipient_purpose_hour(), kHours);
  return static_cast<int>(sends);
}

}  // namespace

absl::StatusOr<codes::Policy> PolicyOf(const config::v1::Codes& config,
                                       const config::v1::Limits& limits) {
  codes::Policy policy;
  policy.code_length = policy.code_length_min = config.length();
  policy.ttl = config::ToDuration(config.ttl());
  policy.min_useful_time = std::min(policy.min_useful_time, policy.ttl / 2);
  policy.guesses = config.guesses();
  policy.sends = config.sends();
  policy.cooldowns.clear();
  for (const auto& wait : config.cooldowns()) policy.cooldowns.push_back(config::ToDuration(wait));
  policy.wrong_guesses_per_day = config.wrong_guesses_per_day();
  policy.sends_per_day = SendsPerDay(limits);
  for (const absl::Status& status :
       {codes::CheckPolicy(policy), codes::CheckOdds(policy, config.odds_ceiling())}) {
    if (!status.ok())
      return absl::InvalidArgumentError(absl::StrCat("codes: ", std::string(status.message())));
  }
  return policy;
}

codes::VerificationState ToState(const queue::VerificationRecord& record) {
  codes::VerificationState state;
  state.state = StateOf(record.state);
  state.purpose = record.purpose;
  state.binding_hash = record.binding_hash;
  for (const queue::GenerationRecord& generation : record.generations) {
    codes::Generation one;
    one.epoch = static_cast<uint32_t>(generation.epoch);
    one.expire_time = absl::FromUnixMillis(generation.expire_ms);
    one.custom_digest = generation.custom_digest;
    state.generations.push_back(std::move(one));
  }
  state.oldest_live = static_cast<uint32_t>(record.oldest_generation);
  state.first_create_time = absl::FromUnixMillis(record.create_ms);
  state.next_send_time = absl::FromUnixMillis(record.next_send_ms);
  state.sends = record.sends;
  state.guesses_left = record.guesses_left;
  state.stale_refunded = record.stale_refunded;
  state.code_length = record.code_length;
  state.ttl = absl::Milliseconds(record.ttl_ms);
  state.resend_policy = ToResendPolicy(static_cast<v1::ResendPolicy>(record.resend_policy))
                            .value_or(codes::ResendPolicy::kSameCode);
  return state;
}

std::optional<codes::ResendPolicy> ToResendPolicy(v1::ResendPolicy policy) {
  switch (policy) {
    case v1::SAME_CODE:
      return codes::ResendPolicy::kSameCode;
    case v1::NEW_CODE_KEEP_PREVIOUS:
      return codes::ResendPolicy::kNewCodeKeepPrevious;
    case v1::NEW_CODE_SUPERSEDE:
      return codes::ResendPolicy::kNewCodeSupersede;
    default:
      return std::nullopt;
  }
}

v1::ResendPolicy FromResendPolicy(codes::ResendPolicy policy) {
  switch (policy) {
    case codes::ResendPolicy::kNewCodeKeepPrevious:
      return v1::NEW_CODE_KEEP_PREVIOUS;
    case codes::ResendPolicy::kNewCodeSupersede:
      return v1::NEW_CODE_SUPERSEDE;
    case codes::ResendPolicy::kSameCode:
      break;
  }
  return v1::SAME_CODE;
}

}  // namespace posthaste::api
