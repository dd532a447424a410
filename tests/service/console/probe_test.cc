#include "service/console/probe.h"

#include "tests/service/api/store_fixture.h"
#include "tests/support/fault_relay.h"

namespace posthaste::api {
namespace {

using ::testing::HasSubstr;

class ProbeTest : public StoreTest {
 protected:
  absl::StatusOr<std::string> Probe(const std::string& relay) {
    console::AddProbe(backend_, routes_, parts_);
    EXPECT_TRUE(parts_.calls["ProbeRelay"].acts);
    return Run(
        parts_.calls["ProbeRelay"].run({{"ana", true}, "mended", R"({"relay":")" + relay + "\"}"}));
  }
  void AddRelay(uint16_t port) {
    smtp::RelayOptions options;
    options.id = "mx1";
    options.host = "127.0.0.1";
    options.port = port;
    options.allow_private = true;
    options.session.tls = smtp::TlsLevel::kNone;
    options.session.ehlo_name = "client.test";
    routes_["acme"] = {std::make_shared<smtp::Relay>(options, SystemClock())};
  }

  absl::flat_hash_map<std::string, worker::Route> routes_;
  ops::ConsoleParts parts_;
};

TEST_F(ProbeTest, TellsEverybodyThatARelayIsWellAgain) {
  FaultRelay relay;
  AddRelay(relay.port());
  const absl::StatusOr<std::string> answer = Probe("mx1");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(*answer, HasSubstr(R"("good":true,"words":"Relay mx1 would take our mail)"));
  ASSERT_TRUE(Run(store_->holds().Refresh()).ok());
  EXPECT_EQ(store_->holds().probes().count("mx1"), 1u);
  EXPECT_EQ(relay.tries(), 0) << "no mail was sent";
}

TEST_F(ProbeTest, TellsWhatARelaySays) {
  FaultRelay relay;
  relay.At(Stage::kGreeting, {Say("421 4.3.2 Not today"), Close()});
  AddRelay(relay.port());
  const std::string answer = Probe("mx1").value();
  EXPECT_THAT(answer, HasSubstr(R"("good":false,"words":"Relay mx1 refuses us at greeting: 421)"));
  ASSERT_TRUE(Run(store_->holds().Refresh()).ok());
  EXPECT_EQ(store_->holds().probes().count("mx1"), 0u);
}

TEST_F(ProbeTest, IsForRelaysThatAreThere) {
  EXPECT_EQ(Probe("mx1").status().code(), absl::StatusCode::kFailedPrecondition);
  AddRelay(1);
  EXPECT_TRUE(absl::IsNotFound(Probe("mx2").status()));
}

}  // namespace
}  // namespace posthaste::api
