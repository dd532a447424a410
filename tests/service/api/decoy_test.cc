// Decoys: whoever asks learns nothing of whether there is an account (spec of codes, 12 and 18).
#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "service/api/suppressions.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class DecoyTest : public StoreTest {
 protected:
  static v1::SendVerificationCodeRequest Decoy() {
    v1::SendVerificationCodeRequest request = Code();
    request.set_decoy(true);
    return request;
  }
  v1::Verification Get(const std::string& id, bool reads_messages) {
    Caller caller = world_.CallerOf("acme");
    if (!reads_messages) caller.scopes = {"verifications.send", "verifications.check"};
    Call call{backend_, caller, &world_.tenant("acme")};
    v1::GetVerificationRequest request;
    request.set_verification_id(id);
    v1::Verification verification;
    EXPECT_EQ(Verdict(Run(HandleGetVerification(call, request, verification))), "OK");
    return verification;
  }
  // As a worker ends it.
  void EndSuppressed(const v1::Verification& verification) {
    const int shard = *queue::ParseId('m', verification.message_id(), store_->keys().shards());
    queue::ClaimAnswer claimed =
        Run(store_->leases().Claim(shard, queue::MailClass::kCode, 1, false)).value();
    ASSERT_EQ(claimed.jobs.size(), 1u);
    EXPECT_NE(claimed.jobs[0].record.head.flags & queue::kFlagDecoy, 0);
    queue::Settlement end;
    end.lease = claimed.jobs[0].lease;
    end.kind = queue::Settlement::Kind::kEnd;
    end.state = v1::Message::SUPPRESSED;
    std::vector<queue::Settlement> batch(1, end);
    EXPECT_EQ(Run(store_->leases().Settle(std::move(batch))).value().front(),
              queue::Settled::kDone);
  }
  void Suppress(v1::Suppression::Cause cause) {
    v1::CreateSuppressionRequest request;
    request.set_recipient("ana@example.com");
    request.set_cause(cause);
    v1::Suppression made;
    ASSERT_EQ(Verdict(Ask(HandleCreateSuppression, request, made).status), "OK");
  }
};

// What two answers may differ in.
v1::Verification Alike(v1::Verification verification) {
  verification.clear_id();
  verification.clear_message_id();
  for (google::protobuf::Timestamp* time :
       {verification.mutable_create_time(), verification.mutable_expire_time(),
        verification.mutable_next_send_time()}) {
    time->Clear();
  }
  return verification;
}

TEST_F(DecoyTest, AnswersAsARealOneDoes) {
  v1::SendVerificationCodeRequest real = Code();
  real.set_recipient("ann@example.com");
  const v1::Verification sent = Send(real), played = Send(Decoy());
  EXPECT_EQ(Alike(sent).DebugString(), Alike(played).DebugString());
  EXPECT_EQ(Result(sent.id(), "000000000"), Result(played.id(), "000000000"));
  EXPECT_EQ(Alike(Get(sent.id(), false)).DebugString(),
            Alike(Get(played.id(), false)).DebugString());
  EXPECT_EQ(Verdict(Refused(Decoy())), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
  EXPECT_EQ(Verdict(Refused(real)), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
}

TEST_F(DecoyTest, MatchesNoCodeNotEvenItsOwn) {
  const v1::Verification played = Send(Decoy());
  EXPECT_EQ(Result(played.id(), CodeIn(played.message_id())),
            v1::CheckVerificationCodeResponse::MISMATCHED);
}

TEST_F(DecoyTest, RunsOutOfGuessesLikeARealOne) {
  const v1::Verification played = Send(Decoy());
  for (int i = 1; i < world_.shared.policy.guesses; ++i) {
    const v1::CheckVerificationCodeResponse answer = Check(Guess(played.id(), "123456"));
    EXPECT_EQ(answer.result(), v1::CheckVerificationCodeResponse::MISMATCHED);
    EXPECT_EQ(answer.verification().guesses_remaining(), world_.shared.policy.guesses - i);
  }
  Result(played.id(), "123456");
  EXPECT_EQ(Result(played.id(), "123456"), v1::CheckVerificationCodeResponse::GUESSES_EXHAUSTED);
}

TEST_F(DecoyTest, IsToldOnlyToWhoMayReadMessages) {
  const v1::Verification played = Send(Decoy());
  EndSuppressed(played);
  EXPECT_EQ(Get(played.id(), true).message_state(), v1::Message::SUPPRESSED);
  EXPECT_EQ(Get(played.id(), false).message_state(), v1::Message::ACCEPTED);
  EXPECT_EQ(Get(played.id(), false).state(), v1::Verification::PENDING);
}

TEST_F(DecoyTest, GivesWayToARealOneOfTheSameAddress) {
  const v1::Verification played = Send(Decoy());
  const v1::Verification real = Send(Code());
  EXPECT_TRUE(real.created());
  EXPECT_EQ(Get(played.id(), true).state(), v1::Verification::SUPERSEDED);
  EXPECT_EQ(Result(real.id(), CodeIn(real.message_id())),
            v1::CheckVerificationCodeResponse::MATCHED);
}

TEST_F(DecoyTest, IsWhatARecipientGetsThatWasRefusedForGood) {
  Suppress(v1::Suppression::REQUESTED);
  const v1::Verification played = Send();
  const std::string code = CodeIn(played.message_id());
  EndSuppressed(played);
  EXPECT_EQ(Get(played.id(), false).message_state(), v1::Message::ACCEPTED);
  EXPECT_EQ(Result(played.id(), code), v1::CheckVerificationCodeResponse::MISMATCHED);
}

// DECOY_ARM makes it longer: 5000 is what docs/PERFORMANCE.md tells of.
TEST_F(DecoyTest, TakesAsLongAsARealOne) {
  const char* const wanted = std::getenv("DECOY_ARM");
  const int arm = wanted == nullptr ? 150 : std::atoi(wanted);
  std::vector<double> micros[2];
  for (int i = 0; i < 2 * arm; ++i) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient("person" + std::to_string(i) + "@example.com");
    request.set_decoy(i % 2 == 1);
    const auto start = std::chrono::steady_clock::now();
    Send(request);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    micros[i % 2].push_back(took.count());
  }
  for (std::vector<double>& times : micros) {
    std::nth_element(times.begin(), times.begin() + arm / 2, times.end());
  }
  const double real = micros[0][static_cast<size_t>(arm / 2)];
  const double played = micros[1][static_cast<size_t>(arm / 2)];
  std::printf("median: real %.1f us, decoy %.1f us, apart %.2f %% (goal below 2)\n", real, played,
              100 * std::abs(played - real) / real);
  EXPECT_LT(std::abs(played - real), 0.3 * real);
}

}  // namespace
}  // namespace posthaste::api
