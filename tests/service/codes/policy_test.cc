#include "service/codes/policy.h"

#include <gtest/gtest.h>

#include <functional>

namespace posthaste::codes {
namespace {

TEST(Policy, IsSoundByDefault) {
  EXPECT_TRUE(CheckPolicy(Policy()).ok());
  EXPECT_TRUE(CheckOdds(Policy(), 1e-4).ok());
}

TEST(Policy, IsRefusedByTheNameOfTheSetting) {
  const struct {
    const char* setting;
    std::function<void(Policy&)> change;
  } cases[] = {
      {"code_length_min ", [](Policy& p) { p.code_length_min = 3; }},
      {"code_length ", [](Policy& p) { p.code_length = 5; }},
      {"code_length ", [](Policy& p) { p.code_length = 11; }},
      {"ttl ", [](Policy& p) { p.ttl = absl::Seconds(60); }},
      {"lifetime_max ", [](Policy& p) { p.lifetime_max = absl::Minutes(9); }},
      {"min_useful_time ", [](Policy& p) { p.min_useful_time = absl::Seconds(-1); }},
      {"guesses ", [](Policy& p) { p.guesses = 0; }},
      {"sends ", [](Policy& p) { p.sends = 0; }},
      {"wrong_guesses_per_day ", [](Policy& p) { p.wrong_guesses_per_day = 4; }},
      {"live_generations ", [](Policy& p) { p.live_generations = 0; }},
      {"cooldowns ", [](Policy& p) { p.cooldowns.clear(); }},
      {"cooldowns ", [](Policy& p) { p.cooldowns[1] = absl::Seconds(-1); }},
  };
  for (const auto& bad : cases) {
    Policy policy;
    bad.change(policy);
    const absl::Status status = CheckPolicy(policy);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.setting;
    EXPECT_EQ(status.message().find(bad.setting), 0U) << status;
  }
}

TEST(Wishes, AreGrantedWithinTheLimits) {
  Policy policy;
  EXPECT_FALSE(Apply({absl::Minutes(30), 10, ResendPolicy::kNewCodeSupersede}, policy).has_value());
  EXPECT_EQ(policy.ttl, absl::Minutes(30));
  EXPECT_EQ(policy.code_length, 10);
  EXPECT_EQ(policy.resend_policy, ResendPolicy::kNewCodeSupersede);
  EXPECT_TRUE(CheckPolicy(policy).ok());
}

TEST(Wishes, AreRefusedWithFieldAndReasonAndChangeNothing) {
  const struct {
    Wishes wishes;
    const char* field;
    const char* reason;
  } cases[] = {
      {{absl::Seconds(60), {}, {}}, "ttl", "TTL_OUT_OF_RANGE"},
      {{absl::Minutes(30) + absl::Nanoseconds(1), {}, {}}, "ttl", "TTL_OUT_OF_RANGE"},
      {{absl::InfiniteDuration(), {}, {}}, "ttl", "TTL_OUT_OF_RANGE"},
      {{absl::Seconds(-1), {}, {}}, "ttl", "TTL_OUT_OF_RANGE"},
      {{absl::Minutes(20), 5, {}}, "code_length", "CODE_POLICY_VIOLATION"},
      {{absl::Minutes(20), 11, {}}, "code_length", "CODE_POLICY_VIOLATION"},
  };
  for (const auto& bad : cases) {
    Policy policy;
    const auto violation = Apply(bad.wishes, policy);
    ASSERT_TRUE(violation.has_value());
    EXPECT_EQ(violation->field, bad.field);
    EXPECT_EQ(violation->reason, bad.reason);
    EXPECT_FALSE(violation->description.empty());
    EXPECT_EQ(policy.ttl, Policy().ttl);
  }
}

TEST(CustomCode, IsDigitsWithinTheLimits) {
  for (const char* good : {"123456", "0000000000"}) {
    EXPECT_FALSE(CheckCustomCode(Policy(), good).has_value()) << good;
  }
  for (const char* bad : {"", "12345", "12345678901", "12345a", "123 456", "１２３４５６"}) {
    EXPECT_TRUE(CheckCustomCode(Policy(), bad).has_value()) << bad;
  }
}

TEST(Cooldown, GrowsAndThenRepeats) {
  const Policy policy;
  EXPECT_EQ(CooldownAfter(policy, 1), absl::Seconds(30));
  EXPECT_EQ(CooldownAfter(policy, 2), absl::Seconds(60));
  EXPECT_EQ(CooldownAfter(policy, 3), absl::Seconds(120));
  EXPECT_EQ(CooldownAfter(policy, 9), absl::Seconds(120));
}

TEST(Odds, AreThoseOfTheShortestCodeAndAllLiveGenerations) {
  Policy policy;
  policy.live_generations = 1;
  EXPECT_DOUBLE_EQ(OddsOf(policy).per_guess, 1e-6);
  EXPECT_DOUBLE_EQ(OddsOf(policy).per_verification, 5e-6);
  EXPECT_NEAR(OddsOf(policy).per_day, 2e-5 + 30e-8, 1e-9)
      << "twenty guesses, and thirty stepped up";
  policy.live_generations = 2;
  EXPECT_DOUBLE_EQ(OddsOf(policy).per_guess, 2e-6);
  policy.code_length = 8;
  EXPECT_DOUBLE_EQ(OddsOf(policy).per_guess, 2e-6) << "a request may still wish for six digits";
  policy.code_length_min = 8;
  EXPECT_DOUBLE_EQ(OddsOf(policy).per_guess, 2e-8);
}

TEST(Odds, CountABudgetThatIsNoWholeNumberOfVerifications) {
  Policy policy;
  policy.code_length = policy.code_length_min = 4;
  policy.live_generations = 1;
  policy.wrong_guesses_per_day = 7;
  policy.sends_per_day = 0;
  EXPECT_NEAR(OddsOf(policy).per_day, 1 - (1 - 5e-4) * (1 - 2e-4), 1e-12);
}

TEST(Odds, CountOneGuessAtEachCodeThatIsSteppedUp) {
  Policy policy;
  policy.sends_per_day = 1'000'000;  // No limit for recipients.
  EXPECT_NEAR(OddsOf(policy).per_day, 0.0198, 1e-4) << "two live ones of 10^8, a million times";
  EXPECT_FALSE(CheckOdds(policy, 1e-4).ok());
  policy.code_length = policy.code_length_min = 10;
  EXPECT_NEAR(OddsOf(policy).per_day, 2e-4, 1e-6) << "never shorter than they were";
}

TEST(Odds, OverTheCeilingAreRefused) {
  Policy policy;
  policy.code_length = policy.code_length_min = 4;
  const absl::Status status = CheckOdds(policy, 1e-3);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("0.004 a day"), absl::string_view::npos) << status;
  EXPECT_TRUE(CheckOdds(policy, 5e-3).ok());
}

}  // namespace
}  // namespace posthaste::codes
