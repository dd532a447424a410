// Resends, cancels and reads of verifications, through their handlers, on a real Redis.
#include "service/api/verifications.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class VerificationsTest : public StoreTest {
 protected:
  VerificationsTest() : sent_(Send()) {}

  v1::ResendVerificationCodeRequest Again() const {
    v1::ResendVerificationCodeRequest request;
    request.set_verification_id(sent_.id());
    request.set_recipient("ana@example.com");
    return request;
  }
  Answer Resend(const v1::ResendVerificationCodeRequest& request,
                const std::string& tenant = "acme") {
    return Ask(HandleResendVerificationCode, request, answered_, tenant);
  }
  Answer Cancel(const std::string& id, const std::string& tenant = "acme") {
    v1::CancelVerificationRequest request;
    request.set_verification_id(id);
    return Ask(HandleCancelVerification, request, answered_, tenant);
  }
  Answer Get(const std::string& id, const std::string& tenant = "acme") {
    v1::GetVerificationRequest request;
    request.set_verification_id(id);
    return Ask(HandleGetVerification, request, answered_, tenant);
  }

  const v1::Verification sent_;
  v1::Verification answered_;
};

TEST_F(VerificationsTest, AreSentAgainById) {
  EXPECT_EQ(Verdict(Resend(Again()).status), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
  MoveClock(absl::Seconds(31));
  v1::ResendVerificationCodeRequest request = Again();
  request.set_request_id("r1");
  ASSERT_EQ(Verdict(Resend(request).status), "OK");
  EXPECT_EQ(answered_.id(), sent_.id());
  EXPECT_FALSE(answered_.created());
  EXPECT_EQ(answered_.sends_remaining(), 3);
  EXPECT_EQ(answered_.purpose(), "password_reset");
  const std::string code = CodeIn(answered_.message_id());
  const Answer replay = Resend(request);
  EXPECT_TRUE(replay.status.ok());
  EXPECT_TRUE(replay.replay);
  EXPECT_FALSE(answered_.created());
  EXPECT_EQ(Result(sent_.id(), code), v1::CheckVerificationCodeResponse::MATCHED);
}

TEST_F(VerificationsTest, AreNotSentAgainAfterTheirEnd) {
  MoveClock(absl::Seconds(31));
  ASSERT_EQ(Verdict(Cancel(sent_.id()).status), "OK");
  EXPECT_EQ(Verdict(Resend(Again()).status), "FAILED_PRECONDITION VERIFICATION_NOT_PENDING");
  const v1::Verification other = Send();
  EXPECT_EQ(Verdict(Resend(Again()).status), "FAILED_PRECONDITION VERIFICATION_NOT_PENDING")
      << "the current one is another";
  EXPECT_NE(other.id(), sent_.id());
}

TEST_F(VerificationsTest, AreNotSentAgainToAnybodyElse) {
  MoveClock(absl::Seconds(31));
  v1::ResendVerificationCodeRequest request = Again();
  request.set_recipient("bob@example.com");
  EXPECT_EQ(Verdict(Resend(request).status), "NOT_FOUND VERIFICATION_NOT_FOUND");
  EXPECT_EQ(Verdict(Resend(Again(), "globex").status), "NOT_FOUND VERIFICATION_NOT_FOUND");
  request = Again();
  request.set_verification_id("v" + sent_.id().substr(1, 2) + std::string(20, '0'));
  EXPECT_EQ(Verdict(Resend(request).status), "NOT_FOUND VERIFICATION_NOT_FOUND");
}

TEST_F(VerificationsTest, DoNotExistForAKeyOfOtherPurposes) {
  MoveClock(absl::Seconds(31));
  purposes_ = {"sign_in"};
  EXPECT_EQ(Verdict(Resend(Again()).status), "NOT_FOUND VERIFICATION_NOT_FOUND");
  v1::GetVerificationRequest get;
  get.set_verification_id(sent_.id());
  v1::Verification verification;
  EXPECT_EQ(Verdict(Ask(HandleGetVerification, get, verification).status),
            "NOT_FOUND VERIFICATION_NOT_FOUND");
  v1::CancelVerificationRequest cancel;
  cancel.set_verification_id(sent_.id());
  EXPECT_EQ(Verdict(Ask(HandleCancelVerification, cancel, verification).status),
            "NOT_FOUND VERIFICATION_NOT_FOUND");
  purposes_ = {"sign_in", "password_reset"};
  EXPECT_EQ(Verdict(Resend(Again()).status), "OK");
}

TEST_F(VerificationsTest, OfACallersOwnCodeNeedItAgain) {
  v1::SendVerificationCodeRequest send = Code();
  send.set_force_new(true);
  send.set_custom_code("918273");
  const v1::Verification own = Send(send);
  MoveClock(absl::Seconds(31));
  v1::ResendVerificationCodeRequest request = Again();
  request.set_verification_id(own.id());
  request.set_custom_code("918273");
  ASSERT_EQ(Verdict(Resend(request).status), "OK");
  EXPECT_EQ(answered_.generation(), 1);
  EXPECT_EQ(CodeIn(answered_.message_id()), "918273");
}

TEST_F(VerificationsTest, EndWhenCancelledAndTakeTheirMailWithThem) {
  const std::string code = CodeIn(sent_.message_id());
  ASSERT_EQ(Verdict(Cancel(sent_.id()).status), "OK");
  EXPECT_EQ(answered_.state(), v1::Verification::CANCELLED);
  EXPECT_EQ(answered_.message_state(), v1::Message::CANCELLED);
  EXPECT_EQ(Result(sent_.id(), code), v1::CheckVerificationCodeResponse::CANCELLED);
  ASSERT_EQ(Verdict(Cancel(sent_.id()).status), "OK") << "a repeated cancel answers the same";
  EXPECT_EQ(answered_.state(), v1::Verification::CANCELLED);
}

TEST_F(VerificationsTest, StayAsTheyEndedWhenCancelledLater) {
  Check(Guess(sent_.id(), CodeIn(sent_.message_id())));
  ASSERT_EQ(Verdict(Cancel(sent_.id()).status), "OK");
  EXPECT_EQ(answered_.state(), v1::Verification::VERIFIED);
}

TEST_F(VerificationsTest, AreReadAsTheyStand) {
  ASSERT_EQ(Verdict(Get(sent_.id()).status), "OK");
  v1::Verification expected = sent_;
  expected.set_created(false);
  EXPECT_EQ(answered_.SerializeAsString(), expected.SerializeAsString());
  MoveClock(absl::Minutes(10));
  ASSERT_EQ(Verdict(Get(sent_.id()).status), "OK");
  EXPECT_EQ(answered_.state(), v1::Verification::EXPIRED);
}

TEST_F(VerificationsTest, DoNotExistForAnotherTenant) {
  EXPECT_EQ(Verdict(Get(sent_.id(), "globex").status), "NOT_FOUND VERIFICATION_NOT_FOUND");
  EXPECT_EQ(Verdict(Cancel(sent_.id(), "globex").status), "NOT_FOUND VERIFICATION_NOT_FOUND");
  const absl::Status never =
      Get("v" + sent_.id().substr(1, 2) + std::string(20, '0'), "globex").status;
  EXPECT_EQ(Verdict(never), Verdict(Get(sent_.id(), "globex").status))
      << "nothing tells one from the other";
  ASSERT_EQ(Verdict(Get(sent_.id()).status), "OK");
  EXPECT_EQ(answered_.state(), v1::Verification::PENDING);
}

TEST_F(VerificationsTest, AreForgottenADayAfterTheirEnd) {
  MoveClock(absl::Minutes(10) + absl::Hours(25));
  EXPECT_EQ(Verdict(Get(sent_.id()).status), "NOT_FOUND VERIFICATION_NOT_FOUND");
}

}  // namespace
}  // namespace posthaste::api
