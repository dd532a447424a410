// Checklist 4: the day's budget of wrong guesses survives a resend, a new verification and a crash
// of Redis; success clears it.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

RedisServer& DurableRedis() {
  static RedisServer server{RedisOptions{.movable_clock = true}};
  return server;
}

class FailureBudgetTest : public StoreTest {
 protected:
  FailureBudgetTest() : StoreTest([](config::v1::Config&) {}, DurableRedis()) {}

  static v1::SendVerificationCodeRequest Anew() {
    v1::SendVerificationCodeRequest request = Code();
    request.set_force_new(true);
    return request;
  }
  void GuessWrong(const v1::Verification& sent, int times) {
    const std::string wrong = Other(CodeIn(sent.message_id()));
    for (int i = 0; i < times; ++i) EXPECT_EQ(Result(sent.id(), wrong), Response::MISMATCHED);
  }
  void CrashRedis() {
    Server().Kill9();
    EXPECT_EQ(Verdict(Refused()), "UNAVAILABLE STORE_UNAVAILABLE");
    Server().Restart();
    ASSERT_TRUE(Run(store_->client().WaitReady(absl::Seconds(30))).ok());
  }
};

TEST_F(FailureBudgetTest, SurvivesResendNewVerificationAndCrashAndIsClearedBySuccess) {
  const v1::Verification first = Send();
  GuessWrong(first, 3);
  MoveClock(absl::Seconds(31));
  const v1::Verification resent = Send();
  ASSERT_EQ(resent.id(), first.id());
  EXPECT_EQ(resent.guesses_remaining(), 2) << "a resend buys no guesses";
  GuessWrong(resent, 2);
  GuessWrong(Send(Anew()), 5);
  GuessWrong(Send(Anew()), 5);
  const v1::Verification last = Send(Anew());
  GuessWrong(last, 4);  // Nineteen of the twenty that a day has.
  CrashRedis();
  GuessWrong(last, 1);

  const v1::Verification stepped = Send(Anew());
  EXPECT_EQ(stepped.guesses_remaining(), 1) << "the budget is used up";
  const std::string code = CodeIn(stepped.message_id());
  EXPECT_EQ(code.size(), 8u);
  EXPECT_EQ(Result(stepped.id(), code), Response::MATCHED) << "the owner is not locked out";
  const v1::Verification cleared = Send();
  EXPECT_EQ(cleared.guesses_remaining(), 5);
  EXPECT_EQ(CodeIn(cleared.message_id()).size(), 6u);
}

TEST_F(FailureBudgetTest, IsOfOnePurposeOfOneRecipientOfOneTenant) {
  for (int i = 0; i < 4; ++i) GuessWrong(Send(Anew()), 5);
  EXPECT_EQ(Send(Anew()).guesses_remaining(), 1);
  EXPECT_EQ(Send(Anew(), "globex").guesses_remaining(), 5);
  v1::SendVerificationCodeRequest other = Anew();
  other.set_purpose("email_verification");
  EXPECT_EQ(Send(other).guesses_remaining(), 5);
  other = Anew();
  other.set_recipient("bob@example.com");
  EXPECT_EQ(Send(other).guesses_remaining(), 5);
}

}  // namespace
}  // namespace posthaste::api
