// ProbeRelay through its handler: a real Sender, a relay on loopback.
#include "service/api/probe.h"

#include "tests/service/api/operator_fixture.h"
#include "tests/smtp/mini_relay.h"

namespace posthaste::api {
namespace {

class ProbeTest : public OperatorTest {
 protected:
  ProbeTest() : sender_(loop_, SystemClock(), smtp::TcpDialers(loop_)) {
    backend_.sender = &sender_;
    AddRelay("mini", mini_->port());
  }
  void AddRelay(const std::string& id, uint16_t port) {
    smtp::RelayOptions options;
    options.id = id;
    options.host = "127.0.0.1";
    options.port = port;
    options.allow_private = true;
    options.session.ehlo_name = "client.test";
    options.session.tls = smtp::TlsLevel::kNone;
    world_.shared.relays.emplace(id,
                                 std::make_shared<smtp::Relay>(std::move(options), SystemClock()));
  }
  absl::Status Probe(const std::string& relay, v1::ProbeRelayResponse& response) {
    v1::ProbeRelayRequest request;
    request.set_relay(relay);
    return Operate(HandleProbeRelay, request, response);
  }

  std::shared_ptr<smtp::MiniRelay> mini_ = smtp::MiniRelay::Start(loop_);
  smtp::Sender sender_;
};

TEST_F(ProbeTest, TellsHowASessionWasOpenedAndTellsTheOtherProcesses) {
  v1::ProbeRelayResponse response;
  ASSERT_EQ(Verdict(Probe("mini", response)), "OK");
  EXPECT_TRUE(response.passed()) << response.transcript();
  EXPECT_EQ(response.phase_durations().count("ehlo"), 1u);
  EXPECT_EQ(response.phase_durations().count("mail"), 0u);
  EXPECT_THAT(response.transcript(), testing::HasSubstr("EHLO client.test"));
  EXPECT_FALSE(response.has_tls());
  ASSERT_TRUE(Run(store_->holds().Refresh()).ok());
  EXPECT_EQ(store_->holds().probes().count("mini"), 1u);
}

TEST_F(ProbeTest, AnswersWhatARelayThatFailsSaid) {
  mini_->replies["GREETING"] = "421 too busy for anybody";
  v1::ProbeRelayResponse response;
  ASSERT_EQ(Verdict(Probe("mini", response)), "OK") << "a relay that fails is an answer";
  EXPECT_FALSE(response.passed());
  EXPECT_EQ(response.phase(), "greeting");
  EXPECT_THAT(response.reply(), testing::HasSubstr("too busy"));
  ASSERT_TRUE(Run(store_->holds().Refresh()).ok());
  EXPECT_TRUE(store_->holds().probes().empty());
}

TEST_F(ProbeTest, KnowsNoOtherRelays) {
  v1::ProbeRelayResponse response;
  EXPECT_EQ(Verdict(Probe("elsewhere", response)), "NOT_FOUND RELAY_NOT_FOUND");
  EXPECT_EQ(FieldsOf(Probe("", response)), std::vector<std::string>{"relay"});
}

TEST_F(ProbeTest, AProcessWithoutAWorkerSaysSo) {
  backend_.sender = nullptr;
  v1::ProbeRelayResponse response;
  EXPECT_EQ(Verdict(Probe("mini", response)), "FAILED_PRECONDITION NO_WORKER_HERE");
}

}  // namespace
}  // namespace posthaste::api
