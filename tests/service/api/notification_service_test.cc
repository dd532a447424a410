// NotificationService as a client of its generated stub sees it.
#include "service/api/notification_service.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

using NotificationServiceTest = GrpcTest;

TEST_F(NotificationServiceTest, AnswersEachOfItsMethods) {
  const auto stub = v1::NotificationService::NewStub(channel_);
  v1::SendPasswordChangedRequest changed;
  changed.set_recipient("ana@example.com");
  v1::Message message;
  grpc::ClientContext first;
  first.AddMetadata("authorization", kAllOfAcme);
  ASSERT_TRUE(stub->SendPasswordChanged(&first, changed, &message).ok());
  EXPECT_EQ(message.template_name(), "password_changed");

  v1::SendTemplateRequest greeting;
  greeting.set_recipient("ana@example.com");
  greeting.set_template_name("greeting");
  (*greeting.mutable_variables()->mutable_fields())["name"].set_string_value("Ana");
  grpc::ClientContext second;
  second.AddMetadata("authorization", kAllOfAcme);
  ASSERT_TRUE(stub->SendTemplate(&second, greeting, &message).ok());
  EXPECT_EQ(message.mail_class(), v1::GENERAL);
}

}  // namespace
}  // namespace posthaste::api
