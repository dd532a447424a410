#include "service/console/now.h"

#include "service/delivery/report_codec.h"
#include "tests/service/api/store_fixture.h"
#include "tests/service/delivery/delivery_support.h"

namespace posthaste::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class NowSourceTest : public StoreTest {
 protected:
  NowSourceTest() {
    smtp::RelayOptions options;
    options.id = "mx1";
    options.host = "mx1.test";
    const auto relay = std::make_shared<smtp::Relay>(options, SystemClock());
    routes_["globex"] = {smtp::RouteStep{relay}};
    routes_["acme"] = {smtp::RouteStep{relay}};
  }
  std::string Tell() { return Run(now_->Tell()); }
  void Make(int slots) {
    reporter_ = std::make_unique<delivery::Reporter>(
        *store_, slots > 0 ? routes_ : none_, [] { return 5; }, slots, SystemClock());
    now_ = std::make_unique<console::NowSource>(
        *store_, *reporter_, [this] { return redis_; }, SystemClock());
  }

  absl::flat_hash_map<std::string, smtp::Route> routes_, none_;
  std::string redis_;
  std::unique_ptr<delivery::Reporter> reporter_;
  std::unique_ptr<console::NowSource> now_;
};

TEST_F(NowSourceTest, GathersQueueRelaysAndHolds) {
  Make(64);
  Send();
  queue::Hold hold;
  hold.scope = queue::HoldScope::kRelay;
  hold.target = "mx1";
  hold.create_time = store_->clock().Now();
  hold.expire_time = hold.create_time + absl::Hours(1);
  ASSERT_TRUE(Run(store_->holds().Create(hold)).ok());
  ASSERT_TRUE(Run(store_->holds().Refresh()).ok()) << "as each loop does every second";
  const std::string json = Tell();
  EXPECT_THAT(json,
              testing::ContainsRegex(R"re("CODE","due":(1,"later":0|0,"later":1),"leased":0)re"));
  EXPECT_THAT(json, HasSubstr(R"("id":"mx1","where":"mx1.test:587","breaker":"closed")"));
  EXPECT_THAT(json, HasSubstr(R"("tenants":["acme","globex"])"));
  EXPECT_THAT(json, HasSubstr(R"("scope":"relay","target":"mx1")"));
  EXPECT_THAT(json, HasSubstr(R"("sends":true,"processes":1,"slots":64,"slots_used":5)"));
}

TEST_F(NowSourceTest, KeepsTheTimeSinceWhenRedisIsInTrouble) {
  Make(64);
  redis_ = "connection refused";
  const std::string first = Tell();
  EXPECT_THAT(first, HasSubstr(R"("cause":"redis")"));
  EXPECT_THAT(first, HasSubstr(R"("queue":null)"));
  redis_ = "";
  EXPECT_THAT(Tell(), Not(HasSubstr(R"("cause":"redis")")));
  Server().Call({"CONFIG", "SET", "maxmemory", "1mb"});
  EXPECT_THAT(Tell(), HasSubstr("its memory is full"));
  Server().Call({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_THAT(Tell(), Not(HasSubstr("its memory is full")));
}

TEST_F(NowSourceTest, SaysThatNobodySends) {
  Make(0);
  EXPECT_THAT(Tell(), HasSubstr(R"("sends":false)"));
}

TEST_F(NowSourceTest, ShowsTheRelaysOfAnotherProcess) {
  delivery::Report other = delivery::FullReport(SystemClock().Now());
  const std::string bytes = delivery::EncodeReport(other);
  ASSERT_TRUE(Run(store_->delivery_reports().Write("another", bytes)).ok());
  Make(0);
  const std::string json = Tell();
  EXPECT_THAT(json, HasSubstr(R"("id":"mx2","where":"mx2.test:587","breaker":"open")"));
  EXPECT_THAT(json, HasSubstr(R"("sends":true,"processes":1,"slots":64)"));
  redis_ = "connection refused";
  EXPECT_THAT(Tell(), HasSubstr(R"("sends":false)")) << "what is kept in Redis is not known";
}

}  // namespace
}  // namespace posthaste::api
