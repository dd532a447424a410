#include "service/webhooks/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/webhooks/receiver.h"

namespace posthaste::webhooks {
namespace {

using ::testing::HasSubstr;

TEST(WebhookEvents, CountRequestsByTheirEnd) {
  const auto endpoint = TestEndpoint("counted");
  Outcome outcome;
  outcome.status = 503;
  Asked(*endpoint, outcome);
  Asked(*endpoint, outcome);
  Missed(*endpoint, 2);
  const std::string text = metrics::Exposition();
  EXPECT_THAT(text, HasSubstr("posthaste_webhook_requests_total{result=\"unavailable\",tenant="
                              "\"acme\",webhook=\"counted\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("posthaste_webhook_gaps_total{tenant=\"acme\",webhook=\"counted\"} 1\n"));
}

TEST(WebhookEvents, ShowNothingOfAWebhookThatIsNoLongerTold) {
  const auto endpoint = TestEndpoint("shown");
  const std::string labels = "{tenant=\"acme\",webhook=\"shown\"} ";
  {
    Figures figures(*endpoint);
    figures.Show(absl::Seconds(90), true);
    const std::string text = metrics::Exposition();
    EXPECT_THAT(text, HasSubstr("posthaste_webhook_behind_seconds" + labels + "90\n"));
    EXPECT_THAT(text, HasSubstr("posthaste_webhook_paused" + labels + "1\n"));
  }
  const std::string text = metrics::Exposition();
  EXPECT_THAT(text, HasSubstr("posthaste_webhook_behind_seconds" + labels + "0\n"));
  EXPECT_THAT(text, HasSubstr("posthaste_webhook_paused" + labels + "0\n"));
}

TEST(WebhookEvents, SayWhichWebhookAndWhy) {
  const auto endpoint = TestEndpoint();
  Outcome outcome;
  outcome.why = "connect to 192.0.2.1:443: Connection refused";
  ::testing::internal::CaptureStderr();
  Failed(*endpoint, "3-5-0", outcome, 4, absl::Seconds(30));
  Recovered(*endpoint, 4);
  Paused(*endpoint, "failing");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("level":"warning","event":"webhook_failed","tenant":"acme","webhook":"orders","event_id":"3-5-0","status":0,"why":"connect to 192.0.2.1:443: Connection refused","failures":4,"wait_s":30)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"("event":"webhook_recovered","tenant":"acme","webhook":"orders","failures":4)"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("level":"error","event":"webhook_paused","tenant":"acme","webhook":"orders","why":"failing")"));
}

}  // namespace
}  // namespace posthaste::webhooks
