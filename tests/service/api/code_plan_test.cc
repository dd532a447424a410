#include "service/api/code_plan.h"

#include <gtest/gtest.h>

#include "service/codes/binding.h"
#include "service/codes/derive.h"
#include "service/queue/ids.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

const absl::Time kAsked = absl::FromUnixSeconds(1'800'000'000);

class CodePlanTest : public testing::Test {
 protected:
  CodePlanTest() { Ask({}); }

  // Another request of the same kind.
  void Ask(const std::function<void(v1::SendVerificationCodeRequest&)>& edit) {
    v1::SendVerificationCodeRequest request;
    request.set_recipient("ana@example.com");
    request.set_purpose("password_reset");
    if (edit) edit(request);
    order_ = CheckOrder(request, world_.tenant(), kHashKey).value();
    person_ = PersonOf(order_.recipient, "acme", kHashKey, 16);
  }

  // Of the n-th mail.
  std::string MailId(int n) const {
    std::string body = std::to_string(n);
    body.insert(0, queue::kBodySize - body.size(), '0');
    return queue::IdOf('m', person_.shard, body);
  }

  absl::StatusOr<CodePlan> Plan(absl::Time now = kAsked) {
    PlanInput input{&order_, &person_, &known_, MailId(++mails_), now, wait_};
    return PlanCode(input, world_.shared);
  }

  // As if the plan had been admitted.
  CodePlan Take(absl::Time now = kAsked) {
    CodePlan plan = Plan(now).value();
    known_.verification = plan.change.next;
    known_.current = plan.change.next.id;
    return plan;
  }

  World world_;
  SendOrder order_;
  Person person_;
  queue::Known known_;
  absl::Duration wait_;
  int mails_ = 0;
};

TEST_F(CodePlanTest, RefusesWhatWouldWaitUntilItIsNoLongerUseful) {
  wait_ = absl::Minutes(9);  // Of ten, of which one is the useful time.
  EXPECT_TRUE(Plan().ok());
  wait_ += absl::Seconds(7);
  const absl::Status refused = Plan().status();
  EXPECT_EQ(ReasonOf(refused), "DEADLINE_UNREACHABLE");
  EXPECT_EQ(RetryDelayOf(refused), absl::Seconds(7));
  wait_ = absl::Minutes(9) + absl::Milliseconds(1);
  EXPECT_EQ(RetryDelayOf(Plan().status()), absl::Seconds(1)) << "waits are looked at each second";
  wait_ = absl::Hours(8);
  EXPECT_EQ(RetryDelayOf(Plan().status()), absl::Minutes(1)) << "workers may be back at once";
  wait_ = absl::Minutes(9) + absl::Milliseconds(1);
  Ask([](v1::SendVerificationCodeRequest& request) { request.mutable_ttl()->set_seconds(1200); });
  EXPECT_TRUE(Plan().ok()) << "it lives longer";
}

TEST_F(CodePlanTest, MakesAVerification) {
  const CodePlan plan = Take();
  EXPECT_TRUE(plan.created);
  const queue::VerificationRecord& next = plan.change.next;
  EXPECT_EQ(queue::ParseId('v', next.id, 16), person_.shard) << "in the recipient's shard";
  EXPECT_EQ(next.id, queue::VerificationIdOf(MailId(1))) << "it lies in its first mail's record";
  EXPECT_EQ(next.state, v1::Verification::PENDING);
  EXPECT_EQ(next.tenant, "acme");
  EXPECT_EQ(next.purpose, "password_reset");
  EXPECT_EQ(next.masked_recipient, "a***@example.com");
  EXPECT_EQ(next.message_id, MailId(1));
  EXPECT_EQ(next.revision, 1);
  EXPECT_EQ(next.create_ms, absl::ToUnixMillis(kAsked));
  EXPECT_EQ(next.expire_ms, absl::ToUnixMillis(kAsked + absl::Minutes(10)));
  EXPECT_EQ(next.next_send_ms, absl::ToUnixMillis(kAsked + absl::Seconds(30)));
  EXPECT_EQ(next.sends, 1);
  EXPECT_EQ(next.sends_max, 5);
  EXPECT_EQ(next.guesses_left, 5);
  EXPECT_EQ(next.code_length, 6);
  ASSERT_EQ(next.generations.size(), 1u);
  EXPECT_EQ(next.generations[0].epoch, 2) << "the current key's";
  EXPECT_TRUE(plan.change.expected_current.empty());
  EXPECT_EQ(plan.change.expected_revision, 0);
  EXPECT_TRUE(plan.change.withdraw_message_id.empty());
  EXPECT_EQ(plan.deadline, kAsked + absl::Minutes(10)) << "no mail leaves after the code's end";
  EXPECT_EQ(plan.times.create, kAsked);
  EXPECT_EQ(plan.times.expire, plan.deadline);
  EXPECT_EQ(plan.times.purpose, "password_reset");
}

TEST_F(CodePlanTest, GivesTheWorkerTheTermsOfTheCode) {
  const CodePlan plan = Take();
  EXPECT_EQ(plan.terms.generation(), 1);
  EXPECT_EQ(plan.terms.binding_hash(), codes::BindingHash({}));
  EXPECT_EQ(plan.terms.epoch(), 2);
  EXPECT_EQ(plan.terms.length(), 6);
  EXPECT_TRUE(plan.terms.custom_code().empty());
}

TEST_F(CodePlanTest, ResendsTheSameCodeUnderTheSameId) {
  const CodePlan first = Take();
  const absl::Time later = kAsked + absl::Seconds(30);
  const CodePlan second = Take(later);
  EXPECT_FALSE(second.created);
  EXPECT_EQ(second.change.next.id, first.change.next.id);
  EXPECT_EQ(second.change.next.revision, 2);
  EXPECT_EQ(second.change.expected_revision, 1);
  EXPECT_EQ(second.change.expected_current, first.change.next.id);
  EXPECT_EQ(second.change.withdraw_message_id, MailId(1));
  EXPECT_TRUE(second.change.superseded_id.empty());
  EXPECT_EQ(second.change.next.sends, 2);
  EXPECT_EQ(second.change.next.expire_ms, first.change.next.expire_ms) << "its end does not move";
  EXPECT_EQ(second.change.next.next_send_ms, absl::ToUnixMillis(later + absl::Seconds(60)));
  EXPECT_EQ(second.terms.SerializeAsString(), first.terms.SerializeAsString())
      << "whichever mail is opened, its code is right";
  EXPECT_EQ(second.times.create, kAsked);
  EXPECT_EQ(second.times.expire, kAsked + absl::Minutes(10));
}

TEST_F(CodePlanTest, RefusesWithinTheCooldownWithTheExactWait) {
  Take();
  const absl::Status status = Plan(kAsked + absl::Milliseconds(12'345)).status();
  EXPECT_EQ(Verdict(status), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
  EXPECT_EQ(RetryDelayOf(status), absl::Milliseconds(17'655));
  EXPECT_TRUE(Plan(kAsked + absl::Seconds(30)).ok());
}

TEST_F(CodePlanTest, RefusesMoreSendsThanThePolicyHas) {
  absl::Time now = kAsked;
  Take(now);
  for (int i = 2; i <= 5; ++i) Take(now += absl::Seconds(120));
  const absl::Status status = Plan(now += absl::Seconds(110)).status();
  EXPECT_EQ(Verdict(status), "FAILED_PRECONDITION MAX_SENDS_REACHED");
  EXPECT_EQ(RetryDelayOf(status), kAsked + absl::Minutes(10) - now) << "when the verification ends";
}

TEST_F(CodePlanTest, BeginsAnotherWhenForcedOrBoundToSomethingElse) {
  for (const bool forced : {true, false}) {
    known_ = {};
    Ask({});
    const CodePlan first = Take();
    Ask([&](auto& request) {
      request.set_force_new(forced);
      if (!forced) request.set_subject_id("user-2");
    });
    const CodePlan second = Take(kAsked + absl::Seconds(1));
    EXPECT_TRUE(second.created);
    EXPECT_NE(second.change.next.id, first.change.next.id);
    EXPECT_EQ(second.change.superseded_id, first.change.next.id);
    EXPECT_EQ(second.change.superseded_revision, 1);
    EXPECT_EQ(second.change.withdraw_message_id, first.change.next.message_id);
    EXPECT_EQ(second.change.expected_revision, 0);
    EXPECT_EQ(second.change.next.guesses_left, 5);
  }
}

TEST_F(CodePlanTest, BeginsAnotherAfterTheLastHasEnded) {
  const CodePlan first = Take();
  const CodePlan second = Take(kAsked + absl::Minutes(10));
  EXPECT_TRUE(second.created);
  EXPECT_TRUE(second.change.superseded_id.empty());
  known_.verification->state = v1::Verification::VERIFIED;
  EXPECT_TRUE(Take(kAsked + absl::Minutes(10)).created);
}

TEST_F(CodePlanTest, MakesANewGenerationWhenThePolicySaysSo) {
  Ask([](auto& request) { request.set_resend_policy(v1::NEW_CODE_SUPERSEDE); });
  Take();
  const absl::Time later = kAsked + absl::Minutes(5);
  const CodePlan second = Take(later);
  EXPECT_FALSE(second.created);
  EXPECT_EQ(second.change.next.generations.size(), 2u);
  EXPECT_EQ(second.change.next.oldest_generation, 2);
  EXPECT_EQ(second.terms.generation(), 2);
  EXPECT_EQ(second.deadline, later + absl::Minutes(10)) << "a fresh lifetime";
  EXPECT_EQ(second.times.create, later);
}

TEST_F(CodePlanTest, KeepsOnlyADigestOfACallersOwnCode) {
  Ask([](auto& request) { request.set_custom_code("918273"); });
  const CodePlan plan = Take();
  EXPECT_EQ(plan.terms.custom_code(), "918273");
  EXPECT_EQ(plan.change.next.code_length, 6);
  const queue::GenerationRecord& generation = plan.change.next.generations.at(0);
  const std::string unbound = codes::BindingHash({});
  const codes::CodeSubject subject{"acme", "password_reset", person_.mailbox_hash,
                                   plan.change.next.id, unbound};
  EXPECT_EQ(generation.custom_digest,
            codes::CustomCodeDigest(*world_.shared.code_keys->Find(2), subject, 1, "918273"));
}

TEST_F(CodePlanTest, RepeatsACallersOwnCodeOnlyIfItIsGivenAgain) {
  Ask([](auto& request) { request.set_custom_code("918273"); });
  Take();
  const CodePlan same = Take(kAsked + absl::Seconds(30));
  EXPECT_EQ(same.change.next.generations.size(), 1u);
  EXPECT_EQ(same.terms.custom_code(), "918273");
  Ask([](auto& request) { request.set_custom_code("555555"); });
  const CodePlan other = Take(kAsked + absl::Seconds(120));
  EXPECT_EQ(other.change.next.generations.size(), 2u);
  EXPECT_FALSE(other.created);
  Ask({});
  const CodePlan derived = Take(kAsked + absl::Seconds(300));
  EXPECT_EQ(derived.change.next.generations.size(), 3u);
  EXPECT_TRUE(derived.terms.custom_code().empty());
  EXPECT_TRUE(derived.change.next.generations.back().custom_digest.empty());
}

TEST_F(CodePlanTest, StepsUpWhenTheDaysWrongGuessesAreUsedUp) {
  known_.wrong_guesses = 19;
  EXPECT_EQ(Plan()->change.next.code_length, 6);
  EXPECT_FALSE(Plan()->stepped_up);
  known_.wrong_guesses = 20;
  const CodePlan plan = Take();
  EXPECT_EQ(plan.change.next.code_length, 8);
  EXPECT_EQ(plan.terms.length(), 8);
  EXPECT_EQ(plan.change.next.guesses_left, 1);
  EXPECT_EQ(plan.change.next.guesses_max, 1);
  EXPECT_TRUE(plan.stepped_up);
  EXPECT_FALSE(Take(kAsked + absl::Seconds(30)).stepped_up) << "a resend steps nothing up";
}

TEST_F(CodePlanTest, AsksForALongerCodeOfTheCallersOwnAfterTheStepUp) {
  known_.wrong_guesses = 20;
  Ask([](auto& request) { request.set_custom_code("918273"); });
  EXPECT_EQ(Verdict(Plan().status()), "INVALID_ARGUMENT CODE_POLICY_VIOLATION")
      << "its owner could never use it";
  Ask([](auto& request) { request.set_custom_code("91827364"); });
  EXPECT_EQ(Take().change.next.guesses_max, 1);
}

TEST_F(CodePlanTest, GrantsWishesWithinThePolicy) {
  Ask([](auto& request) {
    request.mutable_ttl()->set_seconds(1800);
    request.set_code_length(10);
  });
  const CodePlan plan = Take();
  EXPECT_EQ(plan.change.next.code_length, 10);
  EXPECT_EQ(plan.change.next.ttl_ms, 1'800'000);
  EXPECT_EQ(plan.deadline, kAsked + absl::Minutes(30));
}

TEST_F(CodePlanTest, GrantsTheShortestLifeThatTheContractNames) {
  Ask([](auto& request) { request.mutable_ttl()->set_seconds(60); });
  ASSERT_TRUE(Plan().ok()) << Plan().status();
  Take();
  EXPECT_EQ(Take(kAsked + absl::Seconds(30)).change.next.generations.size(), 1u)
      << "half of it is left";
}

TEST_F(CodePlanTest, RefusesWishesOutsideThePolicy) {
  world_.shared.policy.code_length = world_.shared.policy.code_length_min = 8;
  Ask([](auto& request) { request.set_code_length(6); });
  EXPECT_EQ(FieldsOf(Plan().status()), std::vector<std::string>(1, "code_length"));
  EXPECT_EQ(ReasonOf(Plan().status()), "CODE_POLICY_VIOLATION");
  EXPECT_EQ(CheckWishes(*order_.code, world_.shared), Plan().status())
      << "known before anything is read";
  Ask([](auto& request) { request.set_custom_code("123456"); });
  EXPECT_EQ(FieldsOf(CheckWishes(*order_.code, world_.shared)),
            std::vector<std::string>(1, "custom_code"));
  Ask({});
  EXPECT_TRUE(CheckWishes(*order_.code, world_.shared).ok());
}

class CodePlanResendTest : public CodePlanTest {
 protected:
  CodePlanResendTest() { first_ = Take(); }

  void AskAgain(const std::string& id, const char* recipient = "ana@example.com") {
    v1::ResendVerificationCodeRequest request;
    request.set_recipient(recipient);
    request.set_verification_id(id);
    order_ = CheckOrder(request, world_.tenant(), kHashKey).value();
    person_ = PersonOf(order_.recipient, "acme", kHashKey, 16);
  }

  const absl::Time kLater = kAsked + absl::Seconds(30);
  CodePlan first_;
};

TEST_F(CodePlanResendTest, RepeatsByIdWithThePurposeAndBindingOfTheFirst) {
  AskAgain(first_.change.next.id);
  const CodePlan plan = Take(kLater);
  EXPECT_FALSE(plan.created);
  EXPECT_EQ(plan.change.next.id, first_.change.next.id);
  EXPECT_EQ(plan.terms.SerializeAsString(), first_.terms.SerializeAsString());
  EXPECT_EQ(plan.times.purpose, "password_reset");
}

TEST_F(CodePlanResendTest, DoesNotKnowAnothersVerification) {
  const std::string id = first_.change.next.id;
  AskAgain(id, "bob@example.com");
  EXPECT_EQ(Verdict(Plan(kLater).status()), "NOT_FOUND VERIFICATION_NOT_FOUND")
      << "another mailbox";
  AskAgain(id);
  known_.verification->tenant = "globex";
  EXPECT_EQ(Verdict(Plan(kLater).status()), "NOT_FOUND VERIFICATION_NOT_FOUND") << "another tenant";
  known_.verification.reset();
  EXPECT_EQ(Verdict(Plan(kLater).status()), "NOT_FOUND VERIFICATION_NOT_FOUND");
}

TEST_F(CodePlanResendTest, RefusesOneThatHasEnded) {
  AskAgain(first_.change.next.id);
  const auto verdict = [&](v1::Verification::State state, absl::Time now) {
    known_.verification->state = state;
    return Verdict(Plan(now).status());
  };
  EXPECT_EQ(verdict(v1::Verification::CANCELLED, kLater),
            "FAILED_PRECONDITION VERIFICATION_NOT_PENDING");
  EXPECT_EQ(verdict(v1::Verification::VERIFIED, kLater),
            "FAILED_PRECONDITION VERIFICATION_NOT_PENDING");
  EXPECT_EQ(verdict(v1::Verification::PENDING, kAsked + absl::Minutes(10)),
            "FAILED_PRECONDITION VERIFICATION_NOT_PENDING");
  EXPECT_EQ(verdict(v1::Verification::PENDING, kLater), "OK");
}

}  // namespace
}  // namespace posthaste::api
