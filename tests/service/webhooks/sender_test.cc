// A sender on a real Redis, told events as the scripts write them; the receiver is scripted.
#include "service/webhooks/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/service/webhooks/sender_fixture.h"

namespace posthaste::webhooks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(SenderTest, TellsItsTenantsEventsInOrderAndNoOthers) {
  Write(0, "m-before");
  Begin();
  const std::string first = Write(1, "s-1");
  Write(1, "s-other", "globex");
  const std::string second = Write(0, "s-2");
  Write(0, "x-unknown");
  const std::string third = Write(1, "s-3");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 3; }));
  EXPECT_THAT(receiver_.Ids(), UnorderedElementsAre(first, second, third))
      << "and nothing of before";
  // Between shards there is no order.
  const std::vector<std::string> ids = receiver_.Ids();
  EXPECT_LT(std::find(ids.begin(), ids.end(), first), std::find(ids.begin(), ids.end(), third));
  EXPECT_EQ(receiver_.dials, 1);
  const std::string& request = receiver_.requests[0];
  EXPECT_THAT(request, HasSubstr("POST /in?a=b HTTP/1.1\r\nHost: hooks.test:8443\r\n"));
  EXPECT_THAT(Receiver::Body(request), HasSubstr(R"("type":"SUPPRESSION_CREATED")"));
}

TEST_F(SenderTest, TellsOnlyTheTypesThatAreWanted) {
  endpoint_->types = {v1::Event::SUPPRESSION_DELETED};
  Begin();
  Write(0, "s-1");
  const std::string wanted = Write(0, "s-2", "acme", queue::kSuppressionGone);
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 1; }));
  EXPECT_THAT(receiver_.Ids(), ElementsAre(wanted));
}

TEST_F(SenderTest, TellsAgainWhatWasNotTakenAndNothingBehindItBefore) {
  receiver_.answers = {Answer(500, "Retry-After: 60\r\n")};
  Begin();
  const std::string first = Write(0, "s-1");
  const std::string second = Write(0, "s-2");
  ASSERT_TRUE(Until([&] { return Field("failures") == "1"; }));
  Server().MoveClock(absl::Seconds(61));
  sender_->Use(endpoint_);  // Looks at the clock again.
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 3; }));
  EXPECT_THAT(receiver_.Ids(), ElementsAre(first, first, second));
  ASSERT_TRUE(Until([&] { return Field("failures") == "0"; }));
}

TEST_F(SenderTest, WaitsAsLongAsItWasAsked) {
  receiver_.answers = {Answer(503, "Retry-After: 3600\r\n")};
  Begin();
  Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return Field("failures") == "1"; }));
  sender_->Use(endpoint_);
  Write(0, "s-2");
  Settle();
  EXPECT_EQ(receiver_.requests.size(), 1u);
}

TEST_F(SenderTest, IsPausedBy410AndGoesOnWithOtherSettings) {
  receiver_.answers = {Answer(410)};
  Begin();
  const std::string first = Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return Field("paused") == "gone"; }));
  sender_->Use(endpoint_);
  Settle();
  EXPECT_EQ(receiver_.requests.size(), 1u) << "the same settings change nothing";
  auto other = std::make_shared<Endpoint>(*endpoint_);
  other->settings = "second";
  sender_->Use(other);
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 2; }));
  EXPECT_THAT(receiver_.Ids(), ElementsAre(first, first)) << "nothing is lost meanwhile";
  ASSERT_TRUE(Until([&] { return Field("paused").empty(); }));
}

TEST_F(SenderTest, IsPausedWhenItHasFailedForTooLong) {
  receiver_.answers = {Answer(500, "Retry-After: 3600\r\n"), Answer(302)};
  Begin();
  Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return Field("failures") == "1"; }));
  EXPECT_EQ(Field("paused"), "");
  Server().MoveClock(absl::Hours(24) + absl::Seconds(1));
  sender_->Use(endpoint_);
  ASSERT_TRUE(Until([&] { return Field("paused") == "failing"; }));
  EXPECT_EQ(receiver_.requests.size(), 2u);
}

TEST_F(SenderTest, GoesOnWhereAnotherOneStopped) {
  Begin();
  const std::string first = Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 1; }));
  End();
  EXPECT_THAT(receiver_.requests, ::testing::SizeIs(1));
  const std::string second = Write(0, "s-2");
  Begin();
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 2; }));
  EXPECT_THAT(receiver_.Ids(), ElementsAre(first, second)) << "the first was taken";
}

TEST_F(SenderTest, TellsAgainWhatWasCutOff) {
  receiver_.answers = {""};
  receiver_.asked = [this] { sender_->Stop(false); };
  Begin();
  const std::string first = Write(0, "s-1");
  ASSERT_TRUE(Until([this] { return ended_; }));
  EXPECT_NE(Field("failures"), "1") << "that was us";
  receiver_.asked = nullptr;
  Begin();
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 2; }));
  EXPECT_THAT(receiver_.Ids(), ElementsAre(first, first));
}

TEST_F(SenderTest, LeavesTheWebhookToWhoHasIt) {
  queue::WebhookLedger other = store_->Webhook("acme", "orders", "another token");
  EXPECT_TRUE(Run(other.Take("first")).value().has_value());
  Start();
  Write(0, "s-1");
  Settle();
  EXPECT_THAT(receiver_.requests, IsEmpty());
}

TEST_F(SenderTest, SignsWithTheSecretsThatItIsGiven) {
  Begin();
  auto rotating = std::make_shared<Endpoint>(*endpoint_);
  rotating->secrets.push_back(
      config::ParseWebhookSecret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").value());
  sender_->Use(rotating);
  Settle();
  Write(0, "s-1");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 1; }));
  const std::string signature = Receiver::Field(receiver_.requests[0], "webhook-signature");
  EXPECT_TRUE(absl::StrContains(signature, " v1,")) << signature;
}

TEST_F(SenderTest, TellsThatEventsWentBeforeTheyCouldBeTold) {
  Begin();
  End();
  Write(0, "s-1");
  Server().MoveClock(absl::Hours(73));
  Server().Call({"DEL", store_->keys().Events(0)});
  const std::string kept = Write(0, "s-2");
  Begin();
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 2; }));
  EXPECT_THAT(receiver_.Ids(), ElementsAre(::testing::StartsWith("lost-"), kept));
  EXPECT_THAT(Receiver::Body(receiver_.requests[0]), HasSubstr(R"("type":"EVENTS_LOST")"));
  const std::string next = Write(0, "s-3");
  ASSERT_TRUE(Until([&] { return receiver_.requests.size() == 3; }));
  EXPECT_EQ(receiver_.Ids().back(), next) << "it is told once";
}

}  // namespace
}  // namespace posthaste::webhooks
