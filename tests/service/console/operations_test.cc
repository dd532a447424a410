#include "service/console/operations.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using ::testing::HasSubstr;

class ConsoleOperationsTest : public StoreTest {
 protected:
  ConsoleOperationsTest() { console::AddOperations(backend_, parts_); }
  absl::StatusOr<std::string> Ask(const std::string& name, const std::string& request) {
    return Run(parts_.calls.find(name)->second.run({{"ana", true}, "it is ill", request}));
  }

  ops::ConsoleParts parts_;
};

TEST_F(ConsoleOperationsTest, HoldForWhoeverActsWithTheReason) {
  for (const char* name : {"CreateHold", "DeleteHold", "RedriveMessages", "ProbeRelay"})
    EXPECT_TRUE(parts_.calls[name].acts) << name;
  const std::string made = *Ask("CreateHold", R"({"scope":"ALL","ttl":"900s"})");
  EXPECT_THAT(made, HasSubstr(R"("reason":"it is ill","creator":"ana")"));
  const std::string id = made.substr(made.find("\"h"), made.find("\",") - made.find("\"h") + 1);
  EXPECT_TRUE(Ask("DeleteHold", R"({"id":)" + id + "}").ok());
  EXPECT_TRUE(absl::IsNotFound(Ask("DeleteHold", R"({"id":)" + id + "}").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Ask("CreateHold", R"({"scope":"RELAY"})").status()));
}

TEST_F(ConsoleOperationsTest, TellTheQueueAndItsShape) {
  Send();
  const std::string json = *Ask("GetQueueStats", R"({"shape":true})");
  EXPECT_THAT(json, HasSubstr(R"("provider":"other","mail_class":"CODE")"));
  EXPECT_THAT(json, HasSubstr(R"("shape_truncated":false)"));
}

TEST_F(ConsoleOperationsTest, ListWhatIsParkedAndSendNothing) {
  EXPECT_FALSE(parts_.calls["ListParked"].acts);
  EXPECT_THAT(*Ask("ListParked", R"({"ids":["m1"]})"), HasSubstr(R"("results":[])"));
}

TEST_F(ConsoleOperationsTest, ProbeWhereThereIsAWorker) {
  EXPECT_EQ(Ask("ProbeRelay", R"({"relay":"main"})").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace posthaste::api
