#include "service/console/holds.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using ::testing::HasSubstr;

class ConsoleHoldsTest : public StoreTest {
 protected:
  ConsoleHoldsTest() { console::AddHolds(backend_, parts_); }
  absl::StatusOr<std::string> Ask(const std::string& name, const std::string& request) {
    return Run(parts_.calls.find(name)->second.run({{"ana", true}, "it is ill", request}));
  }
  std::string Refusal(const std::string& request) {
    const absl::Status status = Ask("CreateHold", request).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }

  ops::ConsoleParts parts_;
};

TEST_F(ConsoleHoldsTest, AreMadeWithWhoAndWhyAndEnd) {
  EXPECT_TRUE(parts_.calls["CreateHold"].acts && parts_.calls["DeleteHold"].acts);
  const std::string made =
      *Ask("CreateHold", R"({"scope":"mail_class","target":"CODE","minutes":"15"})");
  ASSERT_TRUE(Run(store_->holds().Refresh()).ok());
  ASSERT_EQ(store_->holds().holds().size(), 1u);
  const queue::Hold hold = store_->holds().holds()[0];
  EXPECT_EQ(made, R"({"id":")" + queue::HoldId(hold.number) + "\"}");
  EXPECT_EQ(hold.scope, queue::HoldScope::kMailClass);
  EXPECT_EQ(hold.reason, "it is ill");
  EXPECT_EQ(hold.creator, "ana");
  EXPECT_EQ(hold.expire_time - hold.create_time, absl::Minutes(15));
  EXPECT_EQ(*Ask("DeleteHold", made), made);
  EXPECT_TRUE(absl::IsNotFound(Ask("DeleteHold", made).status()));
}

TEST_F(ConsoleHoldsTest, NameTheFieldThatIsWrong) {
  EXPECT_THAT(Refusal("{}"), HasSubstr("scope: "));
  EXPECT_THAT(Refusal(R"({"scope":"relay","target":"none","minutes":"5"})"), HasSubstr("target: "));
  EXPECT_THAT(Refusal(R"({"scope":"tenant","target":"none","minutes":"5"})"),
              HasSubstr("target: "));
  EXPECT_THAT(Refusal(R"({"scope":"mail_class","target":"X","minutes":"5"})"),
              HasSubstr("target: "));
  EXPECT_THAT(Refusal(R"({"scope":"all","target":"acme","minutes":"5"})"), HasSubstr("target: "));
  for (const char* minutes : {"0", "10081", "soon", ""})
    EXPECT_THAT(Refusal(R"({"scope":"all","minutes":")" + std::string(minutes) + "\"}"),
                HasSubstr("minutes: "));
  EXPECT_TRUE(absl::IsInvalidArgument(Ask("DeleteHold", R"({"id":"17"})").status()));
}

}  // namespace
}  // namespace posthaste::api
