#include "service/api/policy.h"

#include <gtest/gtest.h>

#include "service/config/load.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

TEST(Policy, TakesEverySettingFromTheConfiguration) {
  config::v1::Codes codes = TestConfig().codes();
  codes.set_length(8);
  *codes.mutable_ttl() = config::FromSeconds(300);
  codes.set_guesses(3);
  codes.set_sends(2);
  codes.clear_cooldowns();
  *codes.add_cooldowns() = config::FromSeconds(7);
  codes.set_wrong_guesses_per_day(9);
  const absl::StatusOr<codes::Policy> policy = PolicyOf(codes, TestConfig().limits());
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->code_length, 8);
  EXPECT_EQ(policy->code_length_min, 8) << "a request may not wish for less than is configured";
  EXPECT_EQ(policy->ttl, absl::Minutes(5));
  EXPECT_EQ(policy->guesses, 3);
  EXPECT_EQ(policy->sends, 2);
  EXPECT_EQ(policy->cooldowns, std::vector<absl::Duration>(1, absl::Seconds(7)));
  EXPECT_EQ(policy->wrong_guesses_per_day, 9);
}

TEST(Policy, RefusesOddsAboveTheCeiling) {
  config::v1::Codes codes = TestConfig().codes();
  EXPECT_TRUE(PolicyOf(codes, TestConfig().limits()).ok());
  codes.set_wrong_guesses_per_day(100'000);
  const absl::Status status = PolicyOf(codes, TestConfig().limits()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()).find("codes: "), 0u) << status;
}

TEST(Policy, BoundsSteppedUpCodesByTheTightestLimitOfARecipient) {
  const config::v1::Codes codes = TestConfig().codes();
  config::v1::Limits limits;
  limits.set_sends_per_recipient_day(30);
  limits.set_sends_per_recipient_hour(10);
  limits.set_codes_per_recipient_purpose_hour(2);
  EXPECT_EQ(PolicyOf(codes, limits)->sends_per_day, 30);
  limits.set_sends_per_recipient_day(-1);
  EXPECT_EQ(PolicyOf(codes, limits)->sends_per_day, 48);
  limits.set_codes_per_recipient_purpose_hour(-1);
  EXPECT_EQ(PolicyOf(codes, limits)->sends_per_day, 240);
  limits.set_sends_per_recipient_hour(-1);
  EXPECT_FALSE(PolicyOf(codes, limits).ok()) << "one guess at each of any number of codes";
}

TEST(Policy, TakesTheShortestLifeThatMayBeConfigured) {
  config::v1::Codes codes = TestConfig().codes();
  *codes.mutable_ttl() = config::FromSeconds(60);
  EXPECT_TRUE(PolicyOf(codes, TestConfig().limits()).ok())
      << PolicyOf(codes, TestConfig().limits()).status();
}

TEST(Policy, CarriesAVerificationFromItsRecordToItsState) {
  queue::VerificationRecord record;
  record.state = v1::Verification::PENDING;
  record.purpose = "password_reset";
  record.binding_hash = "hash";
  record.create_ms = 1000;
  record.next_send_ms = 31'000;
  record.sends = 2;
  record.guesses_left = 3;
  record.stale_refunded = true;
  record.code_length = 8;
  record.ttl_ms = 600'000;
  record.oldest_generation = 2;
  record.resend_policy = v1::NEW_CODE_SUPERSEDE;
  record.generations.push_back({1, 601'000, ""});
  record.generations.push_back({2, 700'000, "digest"});
  const codes::VerificationState state = ToState(record);
  EXPECT_EQ(state.state, codes::State::kPending);
  EXPECT_EQ(state.purpose, "password_reset");
  EXPECT_EQ(state.binding_hash, "hash");
  EXPECT_EQ(state.first_create_time, absl::FromUnixMillis(1000));
  EXPECT_EQ(state.next_send_time, absl::FromUnixMillis(31'000));
  EXPECT_EQ(state.sends, 2);
  EXPECT_EQ(state.guesses_left, 3);
  EXPECT_TRUE(state.stale_refunded);
  EXPECT_EQ(state.code_length, 8);
  EXPECT_EQ(state.ttl, absl::Minutes(10));
  EXPECT_EQ(state.oldest_live, 2u);
  EXPECT_EQ(state.resend_policy, codes::ResendPolicy::kNewCodeSupersede);
  ASSERT_EQ(state.generations.size(), 2u);
  EXPECT_EQ(state.generations[1].epoch, 2u);
  EXPECT_EQ(state.generations[1].expire_time, absl::FromUnixMillis(700'000));
  EXPECT_EQ(state.generations[1].custom_digest, "digest");
}

TEST(Policy, KnowsEveryStateByTheSameName) {
  const std::pair<v1::Verification::State, codes::State> pairs[] = {
      {v1::Verification::PENDING, codes::State::kPending},
      {v1::Verification::VERIFIED, codes::State::kVerified},
      {v1::Verification::EXPIRED, codes::State::kExpired},
      {v1::Verification::GUESSES_EXHAUSTED, codes::State::kGuessesExhausted},
      {v1::Verification::SUPERSEDED, codes::State::kSuperseded},
      {v1::Verification::CANCELLED, codes::State::kCancelled},
      {v1::Verification::UNDELIVERABLE, codes::State::kUndeliverable}};
  EXPECT_EQ(std::size(pairs), static_cast<size_t>(v1::Verification::State_ARRAYSIZE - 1));
  for (const auto& [stored, judged] : pairs) {
    queue::VerificationRecord record;
    record.state = stored;
    EXPECT_EQ(ToState(record).state, judged) << stored;
  }
}

TEST(Policy, TurnsResendPoliciesBothWays) {
  for (const v1::ResendPolicy policy :
       {v1::SAME_CODE, v1::NEW_CODE_KEEP_PREVIOUS, v1::NEW_CODE_SUPERSEDE}) {
    EXPECT_EQ(FromResendPolicy(ToResendPolicy(policy).value()), policy);
  }
  EXPECT_EQ(ToResendPolicy(v1::RESEND_POLICY_UNSPECIFIED), std::nullopt);
}

}  // namespace
}  // namespace posthaste::api
