// Checklist 17: who asked twice and types the code of the first mail is right.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class FirstMailsCodeTest : public StoreTest {
 protected:
  // Asks twice, as a caller does who was asked twice: each time with a request id of its own.
  void SendTwice(v1::ResendPolicy policy) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_resend_policy(policy);
    request.set_request_id("click-1");
    first_ = Send(request);
    code_ = CodeIn(first_.message_id());
    MoveClock(absl::Seconds(31));
    request.set_request_id("click-2");
    second_ = Send(request);
    EXPECT_FALSE(second_.created());
    EXPECT_EQ(second_.id(), first_.id());
    EXPECT_NE(second_.message_id(), first_.message_id());
    EXPECT_EQ(second_.sends_remaining(), 3);
  }

  v1::Verification first_, second_;
  std::string code_;
};

TEST_F(FirstMailsCodeTest, MatchesForItIsTheSameCode) {
  SendTwice(v1::SAME_CODE);
  EXPECT_EQ(second_.generation(), 1);
  EXPECT_EQ(second_.expire_time().seconds(), first_.expire_time().seconds());
  EXPECT_EQ(CodeIn(second_.message_id()), code_);
  EXPECT_EQ(Stored(first_.message_id()).head.state, v1::Message::SUPERSEDED)
      << "the older mail is withdrawn, if it still waits";
  EXPECT_EQ(Result(first_.id(), code_), Response::MATCHED);
}

TEST_F(FirstMailsCodeTest, MatchesByRecipientAndPurposeToo) {
  SendTwice(v1::SAME_CODE);
  v1::CheckVerificationCodeRequest check;
  check.set_recipient("ana@example.com");
  check.set_purpose("password_reset");
  check.set_code(code_);
  EXPECT_EQ(Check(check).result(), Response::MATCHED);
}

TEST_F(FirstMailsCodeTest, MatchesBesideANewOneWhereThePolicyKeepsIt) {
  SendTwice(v1::NEW_CODE_KEEP_PREVIOUS);
  EXPECT_EQ(second_.generation(), 2);
  EXPECT_NE(CodeIn(second_.message_id()), code_);
  EXPECT_EQ(Result(first_.id(), code_), Response::MATCHED);
}

TEST_F(FirstMailsCodeTest, IsToldFromAWrongOneWhereThePolicyEndsIt) {
  SendTwice(v1::NEW_CODE_SUPERSEDE);
  const Response stale = Check(Guess(first_.id(), code_));
  EXPECT_EQ(stale.result(), Response::STALE_CODE) << "open the newest mail";
  EXPECT_EQ(stale.verification().guesses_remaining(), 5) << "and it cost nothing";
  EXPECT_EQ(Result(first_.id(), CodeIn(second_.message_id())), Response::MATCHED);
}

}  // namespace
}  // namespace posthaste::api
