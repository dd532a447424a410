#include "service/codes/life.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace posthaste::codes {
namespace {

constexpr State kStates[] = {State::kPending,          State::kVerified,   State::kExpired,
                             State::kGuessesExhausted, State::kSuperseded, State::kCancelled,
                             State::kUndeliverable};
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// A verification whose code was mailed once, a minute ago.
VerificationState Pending() {
  VerificationState state;
  state.purpose = "password_reset";
  state.binding_hash = "bound";
  state.generations = {{1, kNow + absl::Minutes(9), ""}};
  state.first_create_time = kNow - absl::Minutes(1);
  state.next_send_time = kNow - absl::Seconds(30);
  state.sends = 1;
  state.guesses_left = 3;
  state.ttl = absl::Minutes(10);
  return state;
}

SendDecision Send(const VerificationState& state, SendRequest request = {"bound"}) {
  return DecideSend(&state, request, Policy(), kNow);
}

TEST(DecideSend, CreatesWhenThereIsNone) {
  const SendDecision decision = DecideSend(nullptr, {"bound"}, Policy(), kNow);
  EXPECT_EQ(decision.action, SendAction::kCreate);
  EXPECT_EQ(decision.generation, 1U);
  EXPECT_EQ(decision.expire_time, kNow + absl::Minutes(10));
  EXPECT_EQ(decision.next_send_time, kNow + absl::Seconds(30));
  EXPECT_EQ(decision.sends, 1);
  EXPECT_EQ(decision.guesses_left, 5);
}

TEST(DecideSend, MailsTheSameCodeAgainWithoutMovingItsExpiry) {
  const SendDecision decision = Send(Pending());
  EXPECT_EQ(decision.action, SendAction::kResendSame);
  EXPECT_EQ(decision.generation, 1U);
  EXPECT_EQ(decision.expire_time, kNow + absl::Minutes(9));
  EXPECT_EQ(decision.next_send_time, kNow + absl::Seconds(60));
  EXPECT_EQ(decision.sends, 2);
  EXPECT_EQ(decision.guesses_left, 3) << "a resend buys no guesses";
}

TEST(DecideSend, MakesANewGenerationWhenTooLittleTimeIsLeft) {
  VerificationState state = Pending();
  state.generations[0].expire_time = kNow + absl::Seconds(60);
  EXPECT_EQ(Send(state).action, SendAction::kResendSame);
  state.generations[0].expire_time = kNow + absl::Seconds(60) - absl::Milliseconds(1);
  const SendDecision decision = Send(state);
  EXPECT_EQ(decision.action, SendAction::kResendNew);
  EXPECT_EQ(decision.generation, 2U);
  EXPECT_EQ(decision.oldest_live, 1U) << "the older code keeps the time that its mail promised";
  EXPECT_EQ(decision.expire_time, kNow + absl::Minutes(10));
  EXPECT_EQ(decision.guesses_left, 3);
}

TEST(DecideSend, KeepsAsManyGenerationsAsThePolicySays) {
  VerificationState state = Pending();
  state.resend_policy = ResendPolicy::kNewCodeKeepPrevious;
  EXPECT_EQ(Send(state).oldest_live, 1U);
  state.generations.push_back(state.generations[0]);
  EXPECT_EQ(Send(state).generation, 3U);
  EXPECT_EQ(Send(state).oldest_live, 2U);
  state.resend_policy = ResendPolicy::kNewCodeSupersede;
  EXPECT_EQ(Send(state).oldest_live, 3U);
}

TEST(DecideSend, NeverGoesPastTheLifetimeAndThenStartsAnew) {
  VerificationState state = Pending();
  state.resend_policy = ResendPolicy::kNewCodeSupersede;
  state.first_create_time = kNow - absl::Minutes(25);
  EXPECT_EQ(Send(state).expire_time, kNow + absl::Minutes(5));
  state.first_create_time = kNow - absl::Minutes(29);
  EXPECT_EQ(Send(state).action, SendAction::kResendNew);
  state.first_create_time -= absl::Milliseconds(1);
  EXPECT_EQ(Send(state).action, SendAction::kSupersedeAndCreate);
}

TEST(DecideSend, RefusesWithTheExactTimeOfTheNextChance) {
  VerificationState state = Pending();
  state.next_send_time = kNow + absl::Milliseconds(1'234);
  EXPECT_EQ(Send(state).action, SendAction::kRefuseCooldown);
  EXPECT_EQ(Send(state).retry_time, state.next_send_time);
  EXPECT_EQ(Send(state).sends, 1);
  state.sends = 5;
  EXPECT_EQ(Send(state).action, SendAction::kRefuseMaxSends);
  EXPECT_EQ(Send(state).retry_time, kNow + absl::Minutes(9));
}

TEST(DecideSend, SupersedesForAnotherBindingOrByForce) {
  VerificationState state = Pending();
  state.next_send_time = kNow + absl::Seconds(5);
  EXPECT_EQ(Send(state, {"other"}).action, SendAction::kSupersedeAndCreate);
  EXPECT_EQ(Send(state, {"bound", true}).action, SendAction::kSupersedeAndCreate);
  EXPECT_EQ(Send(state, {"bound", true}).guesses_left, 5);
}

TEST(DecideSend, RepeatsACallersOwnCodeOnlyIfItIsGivenAgain) {
  VerificationState state = Pending();
  const auto action = [&](CodeSource source) {
    return Send(state, {"bound", false, source}).action;
  };
  EXPECT_EQ(action(CodeSource::kCustomOther), SendAction::kResendNew);
  state.generations[0].custom_digest = "digest";
  EXPECT_EQ(action(CodeSource::kCustomSame), SendAction::kResendSame);
  EXPECT_EQ(action(CodeSource::kCustomOther), SendAction::kResendNew);
  EXPECT_EQ(action(CodeSource::kDerived), SendAction::kResendNew);
}

// What must hold for every decision on an existing verification.
void ExpectSoundSend(const VerificationState& state, const SendRequest& request,
                     const Policy& policy, const SendDecision& decision) {
  const bool lives = state.state == State::kPending && kNow < state.expire_time();
  const bool supersedes = request.force_new || request.binding_hash != state.binding_hash;
  EXPECT_EQ(decision.action == SendAction::kCreate, !lives);
  if (lives && supersedes) {
    EXPECT_EQ(decision.action, SendAction::kSupersedeAndCreate);
  }
  switch (decision.action) {
    case SendAction::kCreate:
    case SendAction::kSupersedeAndCreate:
      EXPECT_EQ(decision.generation, 1U);
      EXPECT_EQ(decision.guesses_left, policy.guesses);
      EXPECT_EQ(decision.expire_time, kNow + policy.ttl);
      return;
    case SendAction::kRefuseCooldown:
    case SendAction::kRefuseMaxSends: {
      EXPECT_GT(decision.retry_time, kNow);
      EXPECT_EQ(decision.sends, state.sends);
      const SendAction then = DecideSend(&state, request, policy, decision.retry_time).action;
      EXPECT_NE(then, decision.action) << "a caller that waits as told is not refused again";
      return;
    }
    case SendAction::kResendSame:
      EXPECT_EQ(decision.generation, state.current_generation());
      EXPECT_EQ(decision.oldest_live, state.oldest_live);
      EXPECT_EQ(decision.expire_time, state.expire_time());
      EXPECT_EQ(state.resend_policy, ResendPolicy::kSameCode);
      break;
    case SendAction::kResendNew:
      EXPECT_EQ(decision.generation, state.current_generation() + 1);
      EXPECT_GE(decision.oldest_live, state.oldest_live);
      EXPECT_LT(decision.generation - decision.oldest_live,
                static_cast<uint32_t>(policy.live_generations));
      EXPECT_LE(decision.expire_time, state.first_create_time + policy.lifetime_max);
      break;
  }
  EXPECT_GE(decision.expire_time - kNow, policy.min_useful_time) << "no dead code is mailed";
  EXPECT_EQ(decision.sends, state.sends + 1);
  EXPECT_LE(decision.sends, policy.sends);
  EXPECT_EQ(decision.guesses_left, state.guesses_left);
  EXPECT_EQ(decision.next_send_time, kNow + CooldownAfter(policy, decision.sends));
}

TEST(DecideSend, IsSoundForEverySmallState) {
  constexpr ResendPolicy kPolicies[] = {ResendPolicy::kSameCode, ResendPolicy::kNewCodeKeepPrevious,
                                        ResendPolicy::kNewCodeSupersede};
  std::map<SendAction, int> seen;
  for (int i = 0; i < 7 * 3 * 3 * 4 * 3 * 3 * 2 * 2 * 3 * 2 * 2; ++i) {
    int rest = i;
    const auto pick = [&rest](int bound) {
      const int value = rest % bound;
      rest /= bound;
      return value;
    };
    VerificationState state = Pending();
    state.state = kStates[pick(7)];
    state.resend_policy = kPolicies[pick(3)];
    state.sends = 3 + pick(3);
    state.generations.back().expire_time = kNow + absl::Seconds(59) * (pick(4) - 1);
    state.first_create_time = kNow - absl::Minutes(12) * pick(3);
    const int generations = pick(3);
    for (int n = 0; n < generations; ++n) state.generations.push_back(state.generations[0]);
    state.next_send_time = kNow + absl::Seconds(7) * (2 * pick(2) - 1);
    if (pick(2) == 1) state.generations.back().custom_digest = "digest";
    SendRequest request{"bound"};
    request.source = static_cast<CodeSource>(pick(3));
    request.force_new = pick(2) == 1;
    if (pick(2) == 1) request.binding_hash = "other";
    Policy policy;
    policy.live_generations = 1 + i % 3;
    state.oldest_live = state.current_generation();
    const SendDecision decision = DecideSend(&state, request, policy, kNow);
    ++seen[decision.action];
    ExpectSoundSend(state, request, policy, decision);
    if (::testing::Test::HasFailure()) FAIL() << "state " << i;
  }
  EXPECT_EQ(seen.size(), 6U) << "every action was taken";
}

CheckDecision Check(const VerificationState& state, CodeVerdict::Kind kind) {
  return DecideCheck(state, "password_reset", "bound", {kind, 1}, kNow);
}

TEST(DecideCheck, VerifiesWithARightCode) {
  const CheckDecision decision = Check(Pending(), CodeVerdict::Kind::kMatched);
  EXPECT_EQ(decision.result, CheckResult::kMatched);
  EXPECT_EQ(decision.becomes, State::kVerified);
  EXPECT_FALSE(decision.costs_guess);
  EXPECT_FALSE(decision.charges_budget);
}

TEST(DecideCheck, CountsAWrongCodeAndEndsAtTheLastGuess) {
  VerificationState state = Pending();
  CheckDecision decision = Check(state, CodeVerdict::Kind::kNone);
  EXPECT_EQ(decision.result, CheckResult::kMismatched);
  EXPECT_TRUE(decision.costs_guess);
  EXPECT_TRUE(decision.charges_budget);
  EXPECT_EQ(decision.becomes, std::nullopt);
  state.guesses_left = 1;
  decision = Check(state, CodeVerdict::Kind::kNone);
  EXPECT_EQ(decision.result, CheckResult::kMismatched);
  EXPECT_EQ(decision.becomes, State::kGuessesExhausted);
  EXPECT_EQ(Check(state, CodeVerdict::Kind::kMatched).becomes, State::kVerified)
      << "the last guess may be the right one";
}

TEST(DecideCheck, ForgivesTheFirstStaleCodeOnly) {
  VerificationState state = Pending();
  CheckDecision decision = Check(state, CodeVerdict::Kind::kStale);
  EXPECT_EQ(decision.result, CheckResult::kStaleCode);
  EXPECT_TRUE(decision.refunds_stale);
  EXPECT_FALSE(decision.costs_guess);
  EXPECT_FALSE(decision.charges_budget);
  state.stale_refunded = true;
  decision = Check(state, CodeVerdict::Kind::kStale);
  EXPECT_EQ(decision.result, CheckResult::kStaleCode);
  EXPECT_FALSE(decision.refunds_stale);
  EXPECT_TRUE(decision.costs_guess);
}

TEST(DecideCheck, ExpiresAPendingOneOnTheMillisecond) {
  VerificationState state = Pending();
  state.generations[0].expire_time = kNow;
  EXPECT_EQ(Check(state, CodeVerdict::Kind::kMatched).result, CheckResult::kExpired);
  EXPECT_EQ(Check(state, CodeVerdict::Kind::kMatched).becomes, State::kExpired);
  state.generations[0].expire_time = kNow + absl::Milliseconds(1);
  EXPECT_EQ(Check(state, CodeVerdict::Kind::kMatched).result, CheckResult::kMatched);
}

// One of the small states, by its number, and what a check of it is asked with.
struct SmallCase {
  VerificationState state;
  bool purpose = false, binding = false;
};

constexpr int kSmallCases = 7 * 3 * 2 * 2 * 2 * 2;

SmallCase SmallCaseOf(int number) {
  const auto pick = [&number](int bound) {
    const int value = number % bound;
    number /= bound;
    return value;
  };
  SmallCase small{Pending()};
  small.state.state = kStates[pick(7)];
  small.state.guesses_left = pick(3);
  if (pick(2) == 1) small.state.generations[0].expire_time = kNow - absl::Seconds(1);
  small.state.stale_refunded = pick(2) == 1;
  small.purpose = pick(2) == 1;
  small.binding = pick(2) == 1;
  return small;
}

CheckDecision DecideSmall(const SmallCase& small, CodeVerdict::Kind kind) {
  return DecideCheck(small.state, small.purpose ? "password_reset" : "x",
                     small.binding ? "bound" : "x", {kind, 1}, kNow);
}

void ExpectSound(const SmallCase& small, CodeVerdict::Kind kind, const CheckDecision& decision) {
  static const std::map<State, CheckResult> ended = {
      {State::kVerified, CheckResult::kAlreadyUsed},
      {State::kExpired, CheckResult::kExpired},
      {State::kGuessesExhausted, CheckResult::kGuessesExhausted},
      {State::kSuperseded, CheckResult::kStaleCode},
      {State::kCancelled, CheckResult::kCancelled},
      {State::kUndeliverable, CheckResult::kCancelled}};
  const VerificationState& state = small.state;
  const bool pending = state.state == State::kPending && kNow < state.expire_time();
  const bool guessable = pending && state.guesses_left > 0;
  const bool matches =
      guessable && small.purpose && small.binding && kind == CodeVerdict::Kind::kMatched;
  EXPECT_FALSE(decision.costs_guess && !guessable);
  EXPECT_EQ(decision.costs_guess, decision.charges_budget);
  EXPECT_EQ(decision.result == CheckResult::kMatched, matches);
  EXPECT_EQ(decision.becomes == State::kVerified, decision.result == CheckResult::kMatched);
  if (decision.costs_guess) {
    EXPECT_EQ(decision.becomes == State::kGuessesExhausted, state.guesses_left == 1);
  }
  if (!small.purpose) {
    EXPECT_EQ(decision.result, CheckResult::kPurposeMismatch);
  } else if (!small.binding) {
    EXPECT_EQ(decision.result, CheckResult::kBindingMismatch);
  } else if (state.state != State::kPending) {
    EXPECT_EQ(decision.result, ended.at(state.state));
    EXPECT_EQ(decision.becomes, std::nullopt) << "an end is an end";
  }
}

TEST(DecideCheck, IsSoundForEverySmallState) {
  std::set<CheckResult> seen;
  for (int i = 0; i < kSmallCases; ++i) {
    SCOPED_TRACE(i);
    const SmallCase small = SmallCaseOf(i);
    const CheckDecision first = DecideSmall(small, CodeVerdict::Kind::kNone);
    for (const auto kind :
         {CodeVerdict::Kind::kNone, CodeVerdict::Kind::kStale, CodeVerdict::Kind::kMatched}) {
      const CheckDecision decision = DecideSmall(small, kind);
      seen.insert(decision.result);
      ExpectSound(small, kind, decision);
      if (small.purpose && small.binding) continue;
      // Nothing tells whether the code was right.
      EXPECT_EQ(decision.result, first.result);
      EXPECT_EQ(decision.costs_guess, first.costs_guess);
      EXPECT_EQ(decision.becomes, first.becomes);
    }
  }
  EXPECT_EQ(seen.size(), 9U) << "every result was given";
}

}  // namespace
}  // namespace posthaste::codes
