// NotificationService as a client of its generated stub sees it.
#include "service/api/notification_service.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

class NotificationServiceTest : public GrpcTest {
 protected:
  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (v1::NotificationService::Stub::*method)(grpc::ClientContext*,
                                                                         const Request&, Response*),
                   const Request& request, Response& response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", kAllOfAcme);
    const auto stub = v1::NotificationService::NewStub(channel_);
    return (stub.get()->*method)(&context, request, &response);
  }
};

using Stub = v1::NotificationService::Stub;

TEST_F(NotificationServiceTest, AnswersEachOfItsMethods) {
  v1::SendPasswordChangedRequest changed;
  changed.set_recipient("ana@example.com");
  v1::Message message;
  ASSERT_TRUE(Ask(&Stub::SendPasswordChanged, changed, message).ok());
  EXPECT_EQ(message.template_name(), "password_changed");

  v1::SendEmailChangedRequest moved;
  moved.set_old_recipient("ana@example.com");
  moved.set_new_recipient("bea@example.com");
  v1::SendEmailChangedResponse both;
  ASSERT_TRUE(Ask(&Stub::SendEmailChanged, moved, both).ok());
  EXPECT_EQ(both.new_recipient().message().template_name(), "email_changed_new");

  v1::SendNewSignInRequest signed_in;
  signed_in.set_recipient("ana@example.com");
  ASSERT_TRUE(Ask(&Stub::SendNewSignIn, signed_in, message).ok());
  EXPECT_EQ(message.template_name(), "new_sign_in");

  v1::SendMfaChangedRequest secured;
  secured.set_recipient("ana@example.com");
  secured.set_change(v1::SendMfaChangedRequest::ENABLED);
  ASSERT_TRUE(Ask(&Stub::SendMfaChanged, secured, message).ok());
  EXPECT_EQ(message.template_name(), "mfa_changed");

  v1::SendTemplateRequest greeting;
  greeting.set_recipient("ana@example.com");
  greeting.set_template_name("greeting");
  Variable(greeting, "name").set_string_value("Ana");
  ASSERT_TRUE(Ask(&Stub::SendTemplate, greeting, message).ok());
  EXPECT_EQ(message.mail_class(), v1::GENERAL);

  v1::BatchSendTemplatesRequest batch;
  *batch.add_requests() = greeting;
  v1::BatchSendTemplatesResponse results;
  ASSERT_TRUE(Ask(&Stub::BatchSendTemplates, batch, results).ok());
  EXPECT_EQ(results.results(0).message().mail_class(), v1::GENERAL);
}

}  // namespace
}  // namespace posthaste::api
