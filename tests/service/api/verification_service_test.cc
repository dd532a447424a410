// VerificationService as a client of its generated stub sees it.
#include "service/api/verification_service.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

class VerificationServiceTest : public GrpcTest {
 protected:
  // A call as acme.
  template <typename Request, typename Response>
  grpc::Status Do(grpc::Status (v1::VerificationService::Stub::*method)(grpc::ClientContext*,
                                                                        const Request&, Response*),
                  const Request& request, Response& response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", kAllOfAcme);
    return (*stub_.*method)(&context, request, &response);
  }
  using Stub = v1::VerificationService::Stub;

  const std::unique_ptr<Stub> stub_ = v1::VerificationService::NewStub(channel_);
};

TEST_F(VerificationServiceTest, AnswersEachOfItsMethods) {
  v1::SendVerificationCodeRequest send;
  send.set_recipient("ana@example.com");
  send.set_purpose("password_reset");
  send.set_custom_code("918273");
  v1::Verification sent, shown;
  ASSERT_TRUE(Do(&Stub::SendVerificationCode, send, sent).ok());
  EXPECT_TRUE(sent.created());

  v1::GetVerificationRequest get;
  get.set_verification_id(sent.id());
  ASSERT_TRUE(Do(&Stub::GetVerification, get, shown).ok());
  EXPECT_EQ(shown.state(), v1::Verification::PENDING);

  v1::ResendVerificationCodeRequest resend;
  resend.set_verification_id(sent.id());
  resend.set_recipient("ana@example.com");
  EXPECT_EQ(Do(&Stub::ResendVerificationCode, resend, shown).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);

  v1::CheckVerificationCodeRequest check;
  check.set_verification_id(sent.id());
  check.set_code("918273");
  v1::CheckVerificationCodeResponse checked;
  ASSERT_TRUE(Do(&Stub::CheckVerificationCode, check, checked).ok());
  EXPECT_EQ(checked.result(), v1::CheckVerificationCodeResponse::MATCHED);

  v1::CancelVerificationRequest cancel;
  cancel.set_verification_id(sent.id());
  ASSERT_TRUE(Do(&Stub::CancelVerification, cancel, shown).ok());
  EXPECT_EQ(shown.state(), v1::Verification::VERIFIED) << "it had ended before";
}

TEST_F(VerificationServiceTest, NeverTellsTheCode) {
  const v1::Verification verification = SendCode();
  for (int i = 0; i < verification.GetDescriptor()->field_count(); ++i) {
    EXPECT_EQ(verification.GetDescriptor()->field(i)->name().find("code"), std::string::npos);
  }
}

}  // namespace
}  // namespace posthaste::api
