// RedriveMessages through its handler, on a real Redis.
#include "service/api/redrives.h"

#include "tests/service/api/operator_fixture.h"

namespace posthaste::api {
namespace {

using Result = v1::RedriveMessagesResponse::Result;

class RedrivesTest : public OperatorTest {
 protected:
  // A notice that was set aside, as five workers that died would leave it.
  std::string Parked(const std::string& tenant = "acme") {
    v1::SendPasswordChangedRequest request;
    request.set_recipient("ana@example.com");
    v1::Message message;
    EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, request, message, tenant).status), "OK");
    const int shard = *queue::ParseId('m', message.id(), store_->keys().shards());
    MoveClock(absl::Seconds(1));  // It is due, whatever our estimate of the clock was.
    std::vector<queue::Settlement> parks;
    // The first claim learns which tenants have lanes.
    for (int i = 0; i < 3 && parks.empty(); ++i) {
      const queue::ClaimAnswer claimed =
          Run(store_->leases().Claim(shard, queue::MailClass::kNotice, 10, false, true)).value();
      for (const queue::LeasedJob& job : claimed.jobs) {
        queue::Settlement& park = parks.emplace_back();
        park.lease = job.lease;
        park.kind = queue::Settlement::Kind::kPark;
        park.state = v1::Message::PARKED;
      }
    }
    EXPECT_THAT(Run(store_->leases().Settle(std::move(parks))).value(),
                testing::Contains(queue::Settled::kDone));
    return message.id();
  }
  v1::RedriveMessagesResponse Redrive(const v1::RedriveMessagesRequest& request) {
    v1::RedriveMessagesResponse response;
    EXPECT_EQ(Verdict(Operate(HandleRedriveMessages, request, response)), "OK");
    return response;
  }
};

TEST_F(RedrivesTest, SendBackWhatIsNamedAndSayWhatBecameOfEach) {
  const std::string parked = Parked();
  const std::string code = Send().message_id();
  v1::RedriveMessagesRequest request;
  request.add_ids(parked);
  request.add_ids(code);
  request.set_reason("the relay is back");
  const v1::RedriveMessagesResponse response = Redrive(request);
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).outcome(), Result::REDRIVEN);
  EXPECT_EQ(response.results(0).tenant(), "acme");
  EXPECT_EQ(response.results(1).outcome(), Result::CODE);
  EXPECT_EQ(Stored(parked).head.state, v1::Message::QUEUED);
  EXPECT_EQ(Redrive(request).results(0).outcome(), Result::NOT_IN_REACH);
}

TEST_F(RedrivesTest, ListWhatIsParkedWithoutTouchingIt) {
  const std::string ours = Parked();
  Parked("globex");
  v1::RedriveMessagesRequest request;
  request.mutable_parked()->set_tenant("acme");
  request.set_validate_only(true);
  const v1::RedriveMessagesResponse response = Redrive(request);
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).id(), ours);
  EXPECT_EQ(response.results(0).outcome(), Result::REDRIVEN);
  EXPECT_EQ(response.results(0).message().masked_recipient(), "a***@example.com");
  EXPECT_GT(response.results(0).park_time().seconds(), 0);
  EXPECT_EQ(Stored(ours).head.state, v1::Message::PARKED);
}

TEST_F(RedrivesTest, SendBackAllThatIsParkedAndFits) {
  const std::string ours = Parked(), theirs = Parked("globex");
  v1::RedriveMessagesRequest request;
  request.mutable_parked()->set_tenant("acme");
  request.set_reason("again");
  EXPECT_EQ(Redrive(request).results_size(), 1);
  EXPECT_EQ(Stored(ours).head.state, v1::Message::QUEUED);
  EXPECT_EQ(Stored(theirs).head.state, v1::Message::PARKED);
}

TEST_F(RedrivesTest, NameTheFieldThatIsWrong) {
  v1::RedriveMessagesResponse response;
  v1::RedriveMessagesRequest request;
  request.set_reason("why");
  EXPECT_EQ(FieldsOf(Operate(HandleRedriveMessages, request, response)),
            std::vector<std::string>{"ids"});
  request.add_ids("m0");
  EXPECT_EQ(FieldsOf(Operate(HandleRedriveMessages, request, response)),
            std::vector<std::string>{"ids"});
  request.clear_ids();
  request.mutable_parked();
  request.clear_reason();
  EXPECT_EQ(FieldsOf(Operate(HandleRedriveMessages, request, response)),
            std::vector<std::string>{"reason"});
  request.set_reason("why");
  request.set_page_token("junk");
  EXPECT_EQ(FieldsOf(Operate(HandleRedriveMessages, request, response)),
            std::vector<std::string>{"page_token"});
}

}  // namespace
}  // namespace posthaste::api
