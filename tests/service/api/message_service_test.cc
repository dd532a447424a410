// MessageService as a client of its generated stub sees it; its watch has a file of its own.
#include "service/api/message_service.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

class MessageServiceTest : public GrpcTest {
 protected:
  using Stub = v1::MessageService::Stub;

  template <typename Request, typename Response>
  grpc::Status Do(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", kAllOfAcme);
    return (*stub_.*method)(&context, request, &response);
  }

  const std::unique_ptr<Stub> stub_ = v1::MessageService::NewStub(channel_);
};

TEST_F(MessageServiceTest, AnswersEachOfItsMethods) {
  const std::string id = SendCode().message_id();
  v1::GetMessageRequest get;
  get.set_id(id);
  v1::Message message;
  ASSERT_TRUE(Do(&Stub::GetMessage, get, message).ok());
  EXPECT_EQ(message.state(), v1::Message::QUEUED);
  EXPECT_EQ(message.mail_class(), v1::CODE);

  v1::ListMessagesRequest list;
  list.set_recipient("ana@example.com");
  v1::ListMessagesResponse listed;
  ASSERT_TRUE(Do(&Stub::ListMessages, list, listed).ok());
  ASSERT_EQ(listed.messages_size(), 1);
  EXPECT_EQ(listed.messages(0).id(), id);

  v1::ListAttemptsRequest attempts;
  attempts.set_id(id);
  v1::ListAttemptsResponse tried;
  ASSERT_TRUE(Do(&Stub::ListAttempts, attempts, tried).ok());
  EXPECT_EQ(tried.attempts_size(), 0);

  v1::CancelMessageRequest cancel;
  cancel.set_id(id);
  ASSERT_TRUE(Do(&Stub::CancelMessage, cancel, message).ok());
  EXPECT_EQ(message.state(), v1::Message::CANCELLED);
}

}  // namespace
}  // namespace posthaste::api
