#include "service/api/send_one.h"

#include "service/api/template_order.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class SendOneTest : public StoreTest {
 protected:
  SentOne Send(const v1::SendTemplateRequest& request) {
    struct Call call {
      backend_, world_.CallerOf("acme"), &world_.tenant("acme")
    };
    return Run(SendOne(call, CheckOrder(request, *call.tenant, ContextOf(call))));
  }
  static v1::SendTemplateRequest Greeting() {
    v1::SendTemplateRequest request;
    request.set_recipient("ana@example.com");
    request.set_template_name("greeting");
    request.set_request_id("r1");
    Variable(request, "name").set_string_value("Ana");
    return request;
  }
};

TEST_F(SendOneTest, TellsTheMessageAndWhetherItIsAReplay) {
  const SentOne first = Send(Greeting());
  ASSERT_TRUE(first.status.ok()) << first.status;
  EXPECT_EQ(first.message.state(), v1::Message::QUEUED);
  const v1::SendResult result = ToResult(Send(Greeting()));
  EXPECT_TRUE(result.replay());
  EXPECT_EQ(result.message().id(), first.message.id());
  EXPECT_FALSE(result.has_error());
}

TEST_F(SendOneTest, TellsARefusalAsACallWould) {
  v1::SendTemplateRequest request = Greeting();
  request.clear_recipient();
  const SentOne refused = Send(request);
  EXPECT_EQ(FirstWrong(refused.status), "recipient RECIPIENT_INVALID");
  const v1::SendResult result = ToResult(refused);
  EXPECT_FALSE(result.has_message());
  EXPECT_EQ(result.error().code(), 3);
  EXPECT_EQ(result.error().reason(), "RECIPIENT_INVALID");
  ASSERT_EQ(result.error().violations_size(), 1);
  EXPECT_EQ(result.error().violations(0).field(), "recipient");
  EXPECT_EQ(result.error().violations(0).description(), "is required");
  EXPECT_FALSE(result.error().has_retry_delay());
}

TEST_F(SendOneTest, TellsHowLongToWait) {
  SentOne limited;
  limited.status = Exhausted("RECIPIENT_SEND_LIMIT", "recipient_hour", "too many sends",
                             absl::Milliseconds(1500));
  const v1::SendError error = ToResult(limited).error();
  EXPECT_EQ(error.reason(), "RECIPIENT_SEND_LIMIT");
  EXPECT_EQ(error.retry_delay().seconds(), 1);
  EXPECT_EQ(error.retry_delay().nanos(), 500'000'000);
}

TEST_F(SendOneTest, TellsAFailureThatHasNoDetails) {
  SentOne failed;
  failed.status = absl::InternalError("broken");
  const v1::SendResult result = ToResult(failed);
  EXPECT_EQ(result.error().code(), 13);
  EXPECT_EQ(result.error().message(), "broken");
}

}  // namespace
}  // namespace posthaste::api
