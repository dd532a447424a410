#include "service/console/queue.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using ::testing::HasSubstr;

class ConsoleQueueTest : public StoreTest {
 protected:
  ConsoleQueueTest() { console::AddQueue(backend_, parts_); }
  absl::StatusOr<std::string> Ask(const std::string& name, const std::string& request) {
    return Run(parts_.calls.find(name)->second.run({{"ana", true}, "it is ill", request}));
  }
  std::string Notice(const std::string& recipient) {
    v1::SendPasswordChangedRequest request;
    request.set_recipient(recipient);
    v1::Message message;
    const Answer answer = StoreTest::Ask(HandleSendPasswordChanged, request, message);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return message.id();
  }
  void Park(const std::string& id) {
    const int shard = queue::ParseId('m', id, store_->keys().shards()).value();
    const auto claimed = Run(store_->leases().Claim(shard, queue::MailClass::kNotice, 10, false));
    ASSERT_TRUE(claimed.ok()) << claimed.status();
    for (const queue::LeasedJob& job : claimed->jobs) {
      queue::Settlement settlement;
      settlement.lease = job.lease;
      settlement.kind = queue::Settlement::Kind::kPark;
      settlement.state = v1::Message::PARKED;
      ASSERT_TRUE(Run(store_->leases().Settle({settlement})).ok());
    }
  }

  ops::ConsoleParts parts_;
};

TEST_F(ConsoleQueueTest, HasAShapeByProviderAndAge) {
  EXPECT_THAT(*Ask("GetQueueShape", "{}"), HasSubstr(R"("rows":[],"sampled":0)"));
  Notice("ana@gmail.com");
  Notice("bo@example.com");
  MoveClock(absl::Minutes(2));
  Notice("cid@gmail.com");
  const std::string json = *Ask("GetQueueShape", "{}");
  EXPECT_THAT(json, HasSubstr(R"({"provider":"gmail","total":2,"counts":[1,0,1,0,0,0,0]})"));
  EXPECT_THAT(json, HasSubstr(R"({"provider":"other","total":1,"counts":[0,0,1,0,0,0,0]})"));
  EXPECT_THAT(json, HasSubstr(R"("ages":["10 s","1 min",)"));
}

TEST_F(ConsoleQueueTest, SendsParkedMessagesAgain) {
  const std::string id = Notice("ana@example.com");
  Park(id);
  EXPECT_THAT(*Ask("ListParked", "{}"), HasSubstr(id));
  EXPECT_TRUE(parts_.calls["RedriveMessages"].acts);
  EXPECT_THAT(*Ask("RedriveMessages", R"({"ids":")" + id + "\"}"), HasSubstr(R"("done":1)"));
  EXPECT_EQ(Stored(id).head.state, v1::Message::QUEUED);
  EXPECT_EQ(*Ask("ListParked", "{}"), R"({"parked":[],"more":false})");
  const std::string again = *Ask("RedriveMessages", R"({"ids":")" + id + "\"}");
  EXPECT_THAT(again, HasSubstr(R"("done":0)"));
  EXPECT_THAT(again, HasSubstr("neither parked nor uncertain"));
  EXPECT_TRUE(absl::IsInvalidArgument(Ask("RedriveMessages", "{}").status()));
}

}  // namespace
}  // namespace posthaste::api
