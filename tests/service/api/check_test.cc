// CheckVerificationCode, through its handler, on a real Redis.
#include "base/metric_samples.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class CheckTest : public StoreTest {
 protected:
  CheckTest() : sent_(Send()), code_(CodeIn(sent_.message_id())), wrong_(Other(code_)) {}

  absl::Status RefusedCheck(const v1::CheckVerificationCodeRequest& request,
                            const std::string& tenant = "acme") {
    Response response;
    const Answer answer = Ask(HandleCheckVerificationCode, request, response, tenant);
    EXPECT_FALSE(answer.status.ok());
    return answer.status;
  }

  v1::CheckVerificationCodeRequest ByRecipient(const std::string& code) const {
    v1::CheckVerificationCodeRequest request;
    request.set_recipient("Ana@Example.com");
    request.set_purpose("password_reset");
    request.set_code(code);
    return request;
  }

  const v1::Verification sent_;
  const std::string code_, wrong_;
};

TEST_F(CheckTest, MatchesTheCodeOfTheMailOnce) {
  const Response response = Check(Guess(sent_.id(), code_));
  EXPECT_EQ(response.result(), Response::MATCHED);
  EXPECT_EQ(response.verification().state(), v1::Verification::VERIFIED);
  EXPECT_TRUE(response.verification().has_verify_time());
  EXPECT_EQ(Result(sent_.id(), code_), Response::ALREADY_USED);
  EXPECT_EQ(Result(sent_.id(), wrong_), Response::ALREADY_USED) << "says nothing about the code";
}

TEST_F(CheckTest, CountsAConversionOnceByTheProviderOfTheMailbox) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_recipient("bo@gmail.com");
  request.set_purpose("conversion");
  const v1::Verification sent = Send(request);
  const auto counted = [] {
    double sum = 0;
    for (const metrics::Sample& sample : metrics::Samples("posthaste_time_to_verify_seconds")) {
      if (sample.labels.at("purpose") == "conversion" && sample.labels.at("provider") == "gmail")
        sum += sample.value;
    }
    return sum;
  };
  const std::string code = CodeIn(sent.message_id());
  v1::CheckVerificationCodeRequest guess = Guess(sent.id(), Other(code));
  EXPECT_EQ(Check(guess).result(), Response::MISMATCHED);
  EXPECT_EQ(counted(), 0);
  guess.set_code(code);
  guess.set_request_id("once");
  EXPECT_EQ(Check(guess).result(), Response::MATCHED);
  EXPECT_EQ(Check(guess).result(), Response::MATCHED) << "a replay";
  EXPECT_EQ(counted(), 1);
}

TEST_F(CheckTest, TakesTheCodeAsPeopleTypeIt) {
  EXPECT_EQ(Result(sent_.id(), code_.substr(0, 3) + " " + code_.substr(3)), Response::MATCHED);
}

TEST_F(CheckTest, WithdrawsTheMailThatStillWaits) {
  Check(Guess(sent_.id(), code_));
  EXPECT_EQ(Stored(sent_.message_id()).head.state, v1::Message::CANCELLED);
}

TEST_F(CheckTest, CountsWrongCodesDownToTheEnd) {
  for (int left = 4; left > 0; --left) {
    const Response response = Check(Guess(sent_.id(), wrong_));
    EXPECT_EQ(response.result(), Response::MISMATCHED);
    EXPECT_EQ(response.verification().guesses_remaining(), left);
  }
  const Response last = Check(Guess(sent_.id(), wrong_));
  EXPECT_EQ(last.result(), Response::MISMATCHED);
  EXPECT_EQ(last.verification().state(), v1::Verification::GUESSES_EXHAUSTED);
  EXPECT_EQ(Result(sent_.id(), code_), Response::GUESSES_EXHAUSTED)
      << "the right code comes too late";
}

TEST_F(CheckTest, CountsWhatIsNoCodeAsAWrongOne) {
  for (const char* code : {"abcdef", "1", "12345678901234567890"})
    EXPECT_EQ(Result(sent_.id(), code), Response::MISMATCHED);
  EXPECT_EQ(Check(Guess(sent_.id(), wrong_)).verification().guesses_remaining(), 1);
}

TEST_F(CheckTest, FindsTheCurrentOneByRecipientAndPurpose) {
  EXPECT_EQ(Check(ByRecipient(wrong_)).verification().id(), sent_.id());
  EXPECT_EQ(Check(ByRecipient(code_)).result(), Response::MATCHED);
  EXPECT_EQ(Check(ByRecipient(code_)).result(), Response::ALREADY_USED);
  v1::CheckVerificationCodeRequest request = ByRecipient(code_);
  request.set_purpose("email_verification");
  EXPECT_EQ(Verdict(RefusedCheck(request)), "NOT_FOUND VERIFICATION_NOT_FOUND");
}

TEST_F(CheckTest, RepeatsAMatchToWhoLostTheAnswer) {
  for (const bool by_id : {true, false}) {
    const v1::Verification sent = by_id ? sent_ : Send();
    const std::string code = CodeIn(sent.message_id());
    v1::CheckVerificationCodeRequest request = by_id ? Guess(sent.id(), code) : ByRecipient(code);
    request.set_request_id("r1");
    EXPECT_EQ(Check(request).result(), Response::MATCHED);
    EXPECT_EQ(Check(request).result(), Response::MATCHED) << by_id;
    request.set_request_id("r2");
    EXPECT_EQ(Check(request).result(), Response::ALREADY_USED);
  }
}

TEST_F(CheckTest, TellsACodeOfAnOlderMail) {
  v1::SendVerificationCodeRequest send = Code();
  send.set_resend_policy(v1::NEW_CODE_SUPERSEDE);
  send.set_force_new(true);
  const v1::Verification first = Send(send);
  const std::string older = CodeIn(first.message_id());
  MoveClock(absl::Seconds(31));
  const v1::Verification second = Send();
  ASSERT_EQ(second.id(), first.id());
  EXPECT_EQ(second.generation(), 2);
  const Response stale = Check(Guess(first.id(), older));
  EXPECT_EQ(stale.result(), Response::STALE_CODE);
  EXPECT_EQ(stale.verification().guesses_remaining(), 5) << "the first is refunded";
  EXPECT_EQ(Check(Guess(first.id(), older)).verification().guesses_remaining(), 4);
  EXPECT_EQ(Result(first.id(), CodeIn(second.message_id())), Response::MATCHED);
}

TEST_F(CheckTest, EndsWithTheCodesTime) {
  MoveClock(absl::Minutes(10));
  const Response response = Check(Guess(sent_.id(), code_));
  EXPECT_EQ(response.result(), Response::EXPIRED);
  EXPECT_EQ(response.verification().state(), v1::Verification::EXPIRED);
  EXPECT_EQ(Check(ByRecipient(code_)).result(), Response::EXPIRED);
}

TEST_F(CheckTest, KnowsACallersOwnCode) {
  v1::SendVerificationCodeRequest send = Code();
  send.set_custom_code("0011223344");
  send.set_force_new(true);
  const v1::Verification sent = Send(send);
  EXPECT_EQ(Result(sent.id(), "0011223345"), Response::MISMATCHED);
  EXPECT_EQ(Result(sent.id(), "0011223344"), Response::MATCHED);
}

TEST_F(CheckTest, CostsNothingToAKeyOfOtherPurposes) {
  purposes_ = {"sign_in"};
  v1::CheckVerificationCodeResponse response;
  v1::CheckVerificationCodeRequest guess = Guess(sent_.id(), "000000");
  EXPECT_EQ(Verdict(Ask(HandleCheckVerificationCode, guess, response).status),
            "NOT_FOUND VERIFICATION_NOT_FOUND");
  guess.set_purpose("password_reset");
  EXPECT_EQ(Verdict(Ask(HandleCheckVerificationCode, guess, response).status),
            "PERMISSION_DENIED PURPOSE_DENIED");
  purposes_ = {"password_reset"};
  const auto right = Check(Guess(sent_.id(), CodeIn(sent_.message_id())));
  EXPECT_EQ(right.verification().guesses_remaining(), sent_.guesses_remaining() - 1)
      << "only this one was counted";
  EXPECT_EQ(right.result(), v1::CheckVerificationCodeResponse::MATCHED);
}

}  // namespace
}  // namespace posthaste::api
