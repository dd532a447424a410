#include "service/webhooks/request.h"

#include <gtest/gtest.h>

#include "service/webhooks/signature.h"
#include "tests/service/webhooks/receiver.h"

namespace posthaste::webhooks {
namespace {

v1::Event Changed() {
  v1::Event event;
  event.set_id("3-1764171234567-0");
  event.set_type(v1::Event::MESSAGE_CHANGED);
  event.mutable_time()->set_seconds(1764171234);
  event.mutable_time()->set_nanos(567'000'000);
  event.set_masked_recipient("a**@example.test");
  event.mutable_message()->set_id("m05");
  event.mutable_message()->set_state(v1::Message::ACCEPTED);
  (*event.mutable_message()->mutable_labels())["order"] = "7\"\r\n";
  return event;
}

TEST(BodyOf, IsTheEventInProtobufsJson) {
  EXPECT_EQ(
      BodyOf(Changed()),
      R"({"id":"3-1764171234567-0","type":"MESSAGE_CHANGED","time":"2025-11-26T15:33:54.567Z",)"
      R"("maskedRecipient":"a**@example.test","message":{"id":"m05","state":"ACCEPTED",)"
      R"("labels":{"order":"7\"\r\n"}}})");
}

TEST(RequestOf, HasTheHeadersOfStandardWebhooksAndNoLineMore) {
  const auto endpoint = TestEndpoint();
  const std::string body = BodyOf(Changed());
  EXPECT_EQ(RequestOf(*endpoint, Changed(), 1614265330),
            "POST /in?a=b HTTP/1.1\r\n"
            "Host: hooks.test:8443\r\n"
            "User-Agent: Posthaste\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: " +
                std::to_string(body.size()) +
                "\r\n"
                "webhook-id: 3-1764171234567-0\r\n"
                "webhook-timestamp: 1614265330\r\n"
                "webhook-signature: " +
                Signature(endpoint->secrets, "3-1764171234567-0", 1614265330, body) + "\r\n\r\n" +
                body);
}

}  // namespace
}  // namespace posthaste::webhooks
