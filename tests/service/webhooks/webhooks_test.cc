#include "service/webhooks/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/service/webhooks/sender_fixture.h"
#include "tests/support/temp.h"

namespace posthaste::webhooks {
namespace {

using ::testing::UnorderedElementsAre;

TEST(ShareOf, GivesEachWebhookToOneLoop) {
  Endpoints all;
  for (int i = 0; i < 64; ++i) all.push_back(TestEndpoint("hook-" + std::to_string(i)));
  std::map<std::string, int> seen;
  for (size_t index = 0; index < 4; ++index) {
    const Endpoints share = ShareOf(all, index, 4);
    EXPECT_GT(share.size(), 4u);
    for (const auto& endpoint : share) ++seen[endpoint->id];
  }
  EXPECT_EQ(seen.size(), 64u);
  EXPECT_EQ(ShareOf(all, 0, 1).size(), 64u);
  Endpoints fewer(all.begin(), all.begin() + 32);
  EXPECT_LE(ShareOf(fewer, 2, 4).size(), ShareOf(all, 2, 4).size()) << "whatever others there are";
}

TEST(TcpDialers, RefuseAddressesThatArePrivate) {
  Loop loop;
  const auto endpoint = TestEndpoint();
  const auto dialer = TcpDialers(loop)(*endpoint).value();
  for (const char* host : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "localhost"}) {
    const auto dialed =
        RunTask(loop, dialer->Dial(host, 9, SystemClock().Steady() + std::chrono::seconds(5)));
    EXPECT_EQ(dialed.status().code(), absl::StatusCode::kFailedPrecondition) << host;
  }
}

class WebhooksTest : public SenderTest {
 protected:
  std::shared_ptr<Endpoint> Other() { return TestEndpoint("audit"); }
};

TEST_F(WebhooksTest, TellsEachThatIsInUse) {
  Webhooks webhooks(loop_, *store_, {endpoint_}, To(receiver_), SystemClock(), random_);
  webhooks.Start();
  ASSERT_TRUE(Until([&] { return !Field("cursor").empty(); }));
  webhooks.Use({endpoint_, Other()});
  ASSERT_TRUE(Until([&] {
    return Server().Call({"EXISTS", queue::Keys::Webhook("acme", "audit")}) == "1";
  }));
  Settle();
  const std::string first = Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 2; }));
  EXPECT_THAT(receiver_.Ids(), UnorderedElementsAre(first, first)) << "each webhook of its tenant";
  webhooks.Use({endpoint_});
  ASSERT_TRUE(Until([&] {
    return Server().Call({"HGET", queue::Keys::Webhook("acme", "audit"), "until"}) <=
           Server().Call({"TIME"}).substr(0, 10) + "999";
  }));
  const std::string second = Write(0, "s-2");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 3; }));
  Settle();
  EXPECT_THAT(receiver_.Ids(), UnorderedElementsAre(first, first, second));
  Run(webhooks.Stop());
}

TEST_F(WebhooksTest, WaitsForARequestThatIsUnderWayAndGivesTheLeaseBack) {
  Webhooks webhooks(loop_, *store_, {endpoint_}, To(receiver_), SystemClock(), random_);
  webhooks.Start();
  ASSERT_TRUE(Until([&] { return !Field("cursor").empty(); }));
  Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 1; }));
  Run(webhooks.Stop());
  queue::WebhookLedger other = store_->Webhook("acme", "orders", "another token");
  EXPECT_TRUE(Run(other.Take("first")).value().has_value());
}

TEST_F(WebhooksTest, TellsNothingBeforeItIsStarted) {
  Webhooks webhooks(loop_, *store_, {}, To(receiver_), SystemClock(), random_);
  webhooks.Use({endpoint_});
  Settle();
  EXPECT_EQ(Field("token"), "");
  webhooks.Start();
  ASSERT_TRUE(Until([&] { return !Field("cursor").empty(); }));
  Run(webhooks.Stop());
}

}  // namespace
}  // namespace posthaste::webhooks
