#include "service/api/recipient_limits.h"

#include "tests/service/api/operator_fixture.h"

namespace posthaste::api {
namespace {

class RecipientLimitsTest : public OperatorTest {
 protected:
  RecipientLimitsTest()
      : OperatorTest([](config::v1::Config& config) {
          config.mutable_codes()->set_guesses(2);
          config.mutable_codes()->set_wrong_guesses_per_day(2);
          config.mutable_limits()->set_sends_per_recipient_hour(2);
        }) {}

  static v1::ResetRecipientLimitsRequest Of(const std::string& recipient) {
    v1::ResetRecipientLimitsRequest request;
    request.set_tenant("acme");
    request.set_recipient(recipient);
    request.set_reason("called us");
    return request;
  }
  v1::ResetRecipientLimitsResponse Reset(const std::string& recipient = "Ana@example.com") {
    v1::ResetRecipientLimitsResponse response;
    EXPECT_EQ(Verdict(Operate(HandleResetRecipientLimits, Of(recipient), response)), "OK");
    return response;
  }
  // Uses up the day's wrong guesses.
  void GuessWrong() {
    const v1::Verification sent = Send();
    const std::string wrong = Other(CodeIn(sent.message_id()));
    for (int i = 0; i < 2; ++i) Check(Guess(sent.id(), wrong));
  }
};

TEST_F(RecipientLimitsTest, GiveTheOwnerOrdinaryCodesAgain) {
  GuessWrong();
  const v1::Verification stepped_up = Send();
  EXPECT_EQ(CodeIn(stepped_up.message_id()).size(), 8u);
  EXPECT_EQ(stepped_up.guesses_remaining(), 1);
  v1::SendVerificationCodeRequest again = Code();
  again.set_force_new(true);
  EXPECT_EQ(Verdict(Refused(again)), "RESOURCE_EXHAUSTED RECIPIENT_SEND_LIMIT");

  const v1::ResetRecipientLimitsResponse reset = Reset();
  EXPECT_EQ(reset.limits_reset(), 3) << "by the hour, by the day, and that of the owner's notice";
  ASSERT_EQ(reset.purposes_size(), 1);
  EXPECT_EQ(reset.purposes(0), "password_reset");
  const v1::Verification ordinary = Send(again);
  EXPECT_EQ(CodeIn(ordinary.message_id()).size(), 6u);
  EXPECT_EQ(ordinary.guesses_remaining(), 2);
}

TEST_F(RecipientLimitsTest, StayForOthers) {
  GuessWrong();
  v1::SendVerificationCodeRequest bobs = Code();
  bobs.set_recipient("bob@example.com");
  Send(bobs);
  EXPECT_EQ(Reset("cid@example.com").limits_reset(), 0);
  EXPECT_EQ(Reset("bob@example.com").purposes_size(), 0);
  EXPECT_EQ(Send().guesses_remaining(), 1) << "Ana is still guarded";
}

TEST_F(RecipientLimitsTest, AreResetForAReason) {
  v1::ResetRecipientLimitsResponse response;
  v1::ResetRecipientLimitsRequest request = Of("ana@example.com");
  request.clear_reason();
  request.set_tenant("nobody");
  request.set_recipient("ana");
  const absl::Status refused = Operate(HandleResetRecipientLimits, request, response);
  EXPECT_EQ(FieldsOf(refused), (std::vector<std::string>{"recipient", "reason", "tenant"}));
}

}  // namespace
}  // namespace posthaste::api
