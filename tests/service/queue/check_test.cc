// Of admission: check.lua and cancel_verification.lua.
#include "posthaste/v1/verification_service.pb.h"
#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

using Answered = CheckAnswer::Kind;
using Verdict = CheckRequest::Verdict;
using Response = v1::CheckVerificationCodeResponse;

class CheckTest : public AdmissionTest {
 protected:
  int Result(const std::string& id, Verdict verdict) { return Check(Guess(id, verdict)).result; }

  int64_t Failures() { return Reading().wrong_guesses; }
};

TEST_F(CheckTest, VerifiesOnceAndWithdrawsTheMail) {
  const std::string id = Send();
  const CheckAnswer answer = Check(Guess(id, Verdict::kRight));
  EXPECT_EQ(answer.kind, Answered::kDone);
  EXPECT_EQ(answer.result, Response::MATCHED);
  EXPECT_EQ(answer.verification->state, v1::Verification::VERIFIED);
  const VerificationRecord stored = Verification(id);
  EXPECT_EQ(stored.state, v1::Verification::VERIFIED);
  EXPECT_EQ(stored.end_ms, answer.verification->end_ms);
  EXPECT_NEAR(static_cast<double>(stored.end_ms), static_cast<double>(node_->clock_.NowMillis()),
              1000);
  EXPECT_EQ(stored.revision, answer.verification->revision);
  EXPECT_EQ(Lane(), 0);
  EXPECT_EQ(Stored(stored.message_id).head.state, v1::Message::CANCELLED);
  EXPECT_EQ(Result(id, Verdict::kRight), Response::ALREADY_USED);
}

TEST_F(CheckTest, LeavesTheMailAloneWhichHasEnded) {
  const std::string id = Send();
  const std::string mail = Verification(id).message_id;
  Record ended = Stored(mail);
  ended.head.state = v1::Message::ACCEPTED;
  Store(mail, ended);
  server_.Call({"DEL", node_->keys_.Lane(shard_, MailClass::kCode, "")});
  EXPECT_EQ(Result(id, Verdict::kRight), Response::MATCHED);
  EXPECT_EQ(Stored(mail).head.state, v1::Message::ACCEPTED);
}

TEST_F(CheckTest, CountsEachWrongGuessUntilNoneIsLeft) {
  const std::string id = Send();
  for (int left = 4; left >= 0; --left) {
    const CheckAnswer answer = Check(Guess(id, Verdict::kWrong));
    EXPECT_EQ(answer.result, Response::MISMATCHED);
    EXPECT_EQ(answer.verification->guesses_left, left);
  }
  EXPECT_EQ(Verification(id).state, v1::Verification::GUESSES_EXHAUSTED);
  EXPECT_EQ(Result(id, Verdict::kRight), Response::GUESSES_EXHAUSTED);
  EXPECT_EQ(Failures(), 5);
}

TEST_F(CheckTest, ChargesAGuessForAnotherPurposeOrBinding) {
  const std::string id = Send();
  EXPECT_EQ(Result(id, Verdict::kPurposeMismatch), Response::PURPOSE_MISMATCH);
  EXPECT_EQ(Result(id, Verdict::kBindingMismatch), Response::BINDING_MISMATCH);
  EXPECT_EQ(Verification(id).guesses_left, 3);
  EXPECT_EQ(Failures(), 2);
}

TEST_F(CheckTest, RefundsTheFirstStaleCodeOnly) {
  const std::string id = Send();
  CheckAnswer answer = Check(Guess(id, Verdict::kStale));
  EXPECT_EQ(answer.result, Response::STALE_CODE);
  EXPECT_EQ(answer.verification->guesses_left, 5);
  EXPECT_TRUE(answer.verification->stale_refunded);
  EXPECT_EQ(Failures(), 0);
  answer = Check(Guess(id, Verdict::kStale));
  EXPECT_EQ(answer.result, Response::STALE_CODE);
  EXPECT_EQ(answer.verification->guesses_left, 4);
  EXPECT_EQ(Failures(), 1);
}

TEST_F(CheckTest, AnswersRetryWhenTheVerificationHasChanged) {
  const std::string id = Send();
  const CheckRequest early = Guess(id, Verdict::kRight);
  AdmitRequest request = Message();
  request.verification = Resend(Verification(id), request);
  ASSERT_EQ(Admit(request).kind, AdmitAnswer::Kind::kAdmitted);
  const auto before = Dump();
  EXPECT_EQ(Check(early).kind, Answered::kRetry);
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(Result(id, Verdict::kRight), Response::MATCHED);
}

TEST_F(CheckTest, BuysNoGuessesByAResend) {
  const std::string id = Send();
  Result(id, Verdict::kWrong);
  AdmitRequest request = Message();
  request.verification = Resend(Verification(id), request);
  Result(id, Verdict::kWrong);  // Between reading and sending again.
  Result(id, Verdict::kStale);
  ASSERT_EQ(Admit(request).kind, AdmitAnswer::Kind::kAdmitted);
  EXPECT_EQ(Verification(id).guesses_left, 3);
  EXPECT_TRUE(Verification(id).stale_refunded);
}

TEST_F(CheckTest, KeepsTheFailureBudgetAcrossVerificationsUntilASuccess) {
  for (int i = 0; i < 3; ++i) Result(Send(), Verdict::kWrong);
  EXPECT_EQ(Failures(), 3);
  std::string id = Send();
  CheckRequest guess = Guess(id, Verdict::kWrong);
  guess.failures_max = 4;
  EXPECT_EQ(Check(guess).result, Response::MISMATCHED);
  EXPECT_EQ(Verification(id).state, v1::Verification::GUESSES_EXHAUSTED);
  id = Send();
  guess = Guess(id, Verdict::kRight);
  guess.failures_max = 4;
  EXPECT_EQ(Check(guess).result, Response::GUESSES_EXHAUSTED);

  id = Send();
  guess = Guess(id, Verdict::kRight);
  EXPECT_EQ(Check(guess).result, Response::MATCHED);
  EXPECT_EQ(Failures(), 0);
}

TEST_F(CheckTest, CountsFailuresFromTheFirstOneForAFixedTime) {
  std::string id = Send();
  Result(id, Verdict::kWrong);
  server_.MoveClock(absl::Hours(23));
  Admit(Message());  // Learns the clock.
  Result(Send(), Verdict::kWrong);
  EXPECT_EQ(Failures(), 2);
  server_.MoveClock(absl::Hours(1) + absl::Seconds(1));
  EXPECT_EQ(Failures(), 0);
}

TEST_F(CheckTest, ExpiresByRedisClock) {
  const std::string id = Send();
  const CheckRequest guess = Guess(id, Verdict::kRight);
  // Its life began by our idea of Redis' clock, which may be a little ahead.
  server_.MoveClock(absl::Minutes(10) + absl::Seconds(1));
  const CheckAnswer answer = Check(guess);
  EXPECT_EQ(answer.result, Response::EXPIRED);
  EXPECT_EQ(answer.verification->state, v1::Verification::EXPIRED);
  EXPECT_EQ(Verification(id).guesses_left, 5);
  EXPECT_EQ(Result(id, Verdict::kRight), Response::EXPIRED);
  server_.MoveClock(absl::Hours(24) + absl::Seconds(1));
  EXPECT_EQ(Check(guess).kind, Answered::kNotFound);
}

TEST_F(CheckTest, KnowsAnEndedVerificationForADayThoughItsRecordStaysLonger) {
  const std::string id = Send();
  ASSERT_EQ(Result(id, Verdict::kRight), Response::MATCHED);
  const CheckRequest guess = Guess(id, Verdict::kRight);
  server_.MoveClock(absl::Hours(24) - absl::Seconds(5));
  EXPECT_EQ(Check(guess).result, Response::ALREADY_USED);
  server_.MoveClock(absl::Seconds(6));
  EXPECT_EQ(Check(guess).kind, Answered::kNotFound);
  EXPECT_EQ(node_->Run(node_->admission_->GetVerification(id)), std::nullopt);
  EXPECT_EQ(Reading().verification, std::nullopt);
  EXPECT_EQ(Count("EXISTS", node_->keys_.Message(shard_, guess.message_id)), 1);
}

TEST_F(CheckTest, AnswersHowAVerificationHasEnded) {
  const std::map<int, int> results = {
      {v1::Verification::VERIFIED, Response::ALREADY_USED},
      {v1::Verification::EXPIRED, Response::EXPIRED},
      {v1::Verification::GUESSES_EXHAUSTED, Response::GUESSES_EXHAUSTED},
      {v1::Verification::SUPERSEDED, Response::STALE_CODE},
      {v1::Verification::CANCELLED, Response::CANCELLED},
      {v1::Verification::UNDELIVERABLE, Response::CANCELLED}};
  for (const auto& [state, result] : results) {
    const std::string id = Send();
    VerificationRecord ended = Verification(id);
    ended.state = static_cast<v1::Verification_State>(state);
    ended.end_ms = node_->clock_.NowMillis();
    StoreVerification(ended);
    for (const Verdict verdict : {Verdict::kRight, Verdict::kWrong, Verdict::kStale}) {
      EXPECT_EQ(Result(id, verdict), result);
    }
    EXPECT_EQ(Result(id, Verdict::kPurposeMismatch), Response::PURPOSE_MISMATCH);
    EXPECT_EQ(Result(id, Verdict::kBindingMismatch), Response::BINDING_MISMATCH);
    EXPECT_EQ(Verification(id).guesses_left, 5);
  }
}

TEST_F(CheckTest, CostsOneGuessHoweverOftenItIsRetried) {
  const std::string id = Send();
  CheckRequest request = Guess(id, Verdict::kWrong);
  request.request_key = std::string(16, 'q');
  request.request_fingerprint = std::string(16, '1');
  const CheckAnswer first = Check(request);
  EXPECT_FALSE(first.replay);
  Result(id, Verdict::kWrong);
  Result(id, Verdict::kRight);
  for (int i = 0; i < 3; ++i) {
    const CheckAnswer again = Check(request);
    EXPECT_TRUE(again.replay);
    EXPECT_EQ(again.result, Response::MISMATCHED);
    EXPECT_EQ(again.verification->guesses_left, 4);
    EXPECT_EQ(again.verification->state, v1::Verification::PENDING);
    EXPECT_EQ(again.verification->purpose, "password_reset");
  }
  EXPECT_EQ(Verification(id).guesses_left, 2);
  request.request_fingerprint = std::string(16, '2');
  const auto before = Dump();
  EXPECT_EQ(Check(request).kind, Answered::kReused);
  EXPECT_EQ(Dump(), before);
}

TEST_F(CheckTest, SaysWhenThereIsNoSuchVerification) {
  CheckRequest request;
  request.verification_id = NewId('v', shard_, node_->clock_.Now(), random_);
  request.failure_key = kFailures;
  EXPECT_EQ(Check(request).kind, Answered::kNotFound);
  request.verification_id = "v";
  EXPECT_EQ(RunTask(node_->loop_, node_->admission_->Check(request)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckTest, CancelsOnceAndWithdrawsTheMail) {
  const std::string id = Send();
  const VerificationRecord record = Verification(id);
  CancelVerificationCall call = {id, std::string(kTenant), record.message_id, record.revision + 1};
  const auto cancel = [&] { return node_->Run(node_->admission_->CancelVerification(call)); };
  EXPECT_EQ(cancel().kind, Answered::kRetry);
  call.revision = record.revision;
  const CheckAnswer answer = cancel();
  EXPECT_EQ(answer.kind, Answered::kDone);
  EXPECT_EQ(answer.verification->state, v1::Verification::CANCELLED);
  EXPECT_EQ(answer.verification->purpose, "password_reset");
  EXPECT_EQ(Lane(), 0);
  EXPECT_EQ(Stored(record.message_id).head.state, v1::Message::CANCELLED);
  EXPECT_GT(answer.verification->end_ms, 0);
  EXPECT_EQ(cancel().verification->state, v1::Verification::CANCELLED);
  EXPECT_EQ(Result(id, Verdict::kRight), Response::CANCELLED);
  call.verification_id = NewId('v', shard_, node_->clock_.Now(), random_);
  EXPECT_EQ(cancel().kind, Answered::kNotFound);
}

TEST_F(CheckTest, LeavesAVerifiedOneAloneWhenItIsCancelled) {
  const std::string id = Send();
  ASSERT_EQ(Result(id, Verdict::kRight), Response::MATCHED);
  const auto before = Dump();
  const CancelVerificationCall call = {id, std::string(kTenant), Verification(id).message_id, 1};
  const CheckAnswer answer = node_->Run(node_->admission_->CancelVerification(call));
  EXPECT_EQ(answer.verification->state, v1::Verification::VERIFIED);
  EXPECT_EQ(Dump(), before);
}

}  // namespace
}  // namespace posthaste::queue
