// Rows 54 to 56: the way to a recipient's exchangers, by a name server that misbehaves.
#include "absl/strings/str_cat.h"
#include "tests/e2e/fault_matrix.h"
#include "tests/support/scripted_dns.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;
using v1::Message;

// The first relay is direct; its exchangers are at the port of relay_.
class FaultMatrixDns : public FaultMatrix {
 protected:
  FaultMatrixDns() {
    options_.more = absl::StrCat("dns: {servers: [\"", dns_.server(), "\"], timeout: 1s}\n");
    Set(0, "direct: true");
  }
  // Mail to `domain`, whose exchanger is relay_.
  void Serve(const std::string& domain, uint32_t ttl = 60) {
    dns_.Mx(domain, 10, "mx." + domain, ttl);
    dns_.Address("mx." + domain, "127.0.0.1", ttl);
  }
  std::string SendTo(const std::string& domain) {
    SetDomain(domain);
    return SendCode();
  }

  ScriptedDns dns_;
};

class FaultMatrixDnsHere : public FaultMatrixDns {
 protected:
  FaultMatrixDnsHere() { Set(0, "allow_private: true"); }
};

TEST_F(FaultMatrixDnsHere, Row54CannotBeLookedUpNow) {
  dns_.Fails("broken.example");
  dns_.IsMute("mute.example");
  Start();
  ExpectUnsent(SendTo("broken.example"), Message::DEFERRED, {"connect", "", v1::DNS_FAILURE, ""});
  ExpectUnsent(SendTo("mute.example"), Message::DEFERRED, {"connect", "", v1::DNS_FAILURE, ""});
  EXPECT_EQ(relay_.connections(), 0);
}

TEST_F(FaultMatrixDnsHere, Row54IsNotThereOrTakesNoMail) {
  dns_.Mx("null.example", 0, "");
  dns_.Alias("circle.example", "round.example");
  dns_.Alias("round.example", "circle.example");
  Start();
  ExpectUnsent(SendTo("none.example"), Message::BOUNCED, {"connect", "", v1::BAD_DOMAIN, ""});
  ExpectUnsent(SendTo("null.example"), Message::BOUNCED, {"connect", "", v1::NULL_MX, ""});
  const Seen circle =
      ExpectUnsent(SendTo("circle.example"), Message::BOUNCED, {"connect", "", v1::BAD_DOMAIN, ""});
  EXPECT_THAT(circle.last().transcript(), HasSubstr("in a circle"));
  EXPECT_EQ(relay_.connections(), 0);
}

TEST_F(FaultMatrixDnsHere, Row54HasMoreThanAHundredExchangers) {
  for (int i = 0; i < 120; ++i) {
    const std::string host = absl::StrCat("mx", i, ".many.example");
    dns_.Mx("many.example", i, host);
    dns_.Address(host, absl::StrCat("127.0.1.", i + 1));  // Where nobody listens.
  }
  Start();
  const Seen seen = AwaitTried(SendTo("many.example"), 5);
  EXPECT_EQ(Message::State_Name(seen.state()), "DEFERRED");
  EXPECT_EQ(seen.attempts.size(), 5U) << "five addresses are enough";
  EXPECT_EQ(dns_.asked("mx20.many.example"), 0);
}

TEST_F(FaultMatrixDnsHere, Row54MayNotBeKept) {
  Serve("zero.example", /*ttl=*/0);
  Start();
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(SendTo("zero.example"));
  for (const std::string& id : ids) ExpectAccepted(id, relay_);
  EXPECT_THAT(dns_.asked("zero.example"), Le(6)) << "no storm of questions";
  ExpectFault("");
}

TEST_F(FaultMatrixDns, Row55LeadsHome) {
  const std::vector<std::string> places = {"127.0.0.1",   "10.0.0.1", "192.168.0.1",
                                           "169.254.1.1", "::1",      "::ffff:127.0.0.1"};
  for (size_t i = 0; i < places.size(); ++i) {
    dns_.Mx(absl::StrCat("home", i, ".example"), 0, absl::StrCat("mx.home", i, ".example"));
    dns_.Address(absl::StrCat("mx.home", i, ".example"), places[i]);
  }
  Start();
  for (size_t i = 0; i < places.size(); ++i) {
    const Seen seen = ExpectUnsent(SendTo(absl::StrCat("home", i, ".example")), Message::BOUNCED,
                                   {"connect", "", v1::BAD_DOMAIN, ""});
    EXPECT_THAT(seen.last().transcript(), HasSubstr("not allowed")) << places[i];
  }
  EXPECT_EQ(relay_.connections(), 0);
}

TEST_F(FaultMatrixDnsHere, Row56HasABlackHoleForIpv6) {
  const Blackhole hole(/*v6=*/true, relay_.port());
  Serve("both.example");
  dns_.Address("mx.both.example", "::1");
  Start();
  const Seen seen = ExpectAccepted(SendTo("both.example"), relay_);
  const auto& took = seen.last().phase_durations().at("connect");
  EXPECT_EQ(took.seconds(), 0);
  EXPECT_GE(took.nanos(), 200'000'000) << "the hole was tried first";
  EXPECT_LT(took.nanos(), 300'000'000);
}

TEST_F(FaultMatrixDnsHere, Row23GreylistsAndIsFoundAgainAtTheSameExchanger) {
  FaultRelayOptions there;
  there.address = "127.0.0.2";
  there.port = relay_.port();
  FaultRelay twin(there);
  const auto greylist = [](const std::string&, int number) {
    return number == 1 ? Fate::kGreylist : Fate::kAccept;
  };
  relay_.Play(greylist);
  twin.Play(greylist);
  for (const int i : {1, 2}) {
    dns_.Mx("grey.example", 10, absl::StrCat("mx", i, ".grey.example"));
    dns_.Address(absl::StrCat("mx", i, ".grey.example"), absl::StrCat("127.0.0.", i));
  }
  Start();
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(SendTo("grey.example"));
  for (const std::string& id : ids) AwaitTried(id);
  MoveClock(absl::Seconds(301));
  int kept = 0;
  for (const std::string& id : ids) {
    const Seen seen = AwaitState(id, Message::ACCEPTED);
    EXPECT_EQ(seen.message.attempt_count(), 2) << "greylisted once, not once for each exchanger";
    kept += relay_.Of(id).copies + twin.Of(id).copies;
  }
  EXPECT_EQ(kept, 12);
}

}  // namespace
}  // namespace posthaste
