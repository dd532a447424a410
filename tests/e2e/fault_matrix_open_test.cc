// Rows 1 to 21: what goes wrong before a session is open.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/fault_matrix.h"

namespace posthaste {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using v1::Message;

TEST_F(FaultMatrix, Row01RefusesConnections) {
  Start({FreePort(), second_.port()});
  ExpectNextThenDeferred({"connect", "", v1::CONNECT_FAILURE, "unreachable"});
}

TEST_F(FaultMatrix, Row02AnswersNoSyn) {
  const Blackhole hole;
  Start({hole.port(), second_.port()});
  ExpectNextThenDeferred({"connect", "", v1::TIMEOUT, "unreachable"});
}

TEST_F(FaultMatrix, Row03NeverGreets) {
  relay_.At(Stage::kGreeting, {Hang()});
  StartWithSecond();
  ExpectNextThenDeferred({"greeting", "", v1::TIMEOUT, "unreachable"});
}

TEST_F(FaultMatrix, Row04ClosesBeforeItsBanner) {
  relay_.At(Stage::kGreeting, {Close()});
  StartWithSecond();
  ExpectNextThenDeferred({"greeting", "", v1::CONNECT_FAILURE, "unreachable"});
}

TEST_F(FaultMatrix, Row05TurnsAwayWith421) {
  relay_.At(Stage::kGreeting, {Say("421 4.3.2 Not today"), Close()});
  StartWithSecond();
  ExpectNextThenDeferred({"greeting", "421", v1::CONNECT_FAILURE, "turned_away"});
}

TEST_F(FaultMatrix, Row06TurnsAwayWith554) {
  relay_.At(Stage::kGreeting, {Say("554 5.3.2 No mail here"), Close()});
  StartWithSecond();
  ExpectNextThenDeferred({"greeting", "554", v1::CONNECT_FAILURE, "turned_away"});
}

TEST_F(FaultMatrix, Row07DripsItsBanner) {
  relay_.At(Stage::kGreeting,
            {Drip("220 relay.test is glad to hear from you\r\n", absl::Milliseconds(100))});
  StartWithSecond();
  ExpectNextThenDeferred({"greeting", "", v1::TIMEOUT, "unreachable"});
}

TEST_F(FaultMatrix, Row08GreetsWithoutEnd) {
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += "220-and another thing\r\n";
  const std::string line = absl::StrCat("220 ", std::string(1 << 20, 'x'), "\r\n");
  relay_.PlayScript([&](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kGreeting) return std::nullopt;
    return Act{Raw(moment.connection == 1 ? line : lines), Hang()};
  });
  StartWithSecond();
  const int64_t before = MemoryKilobytes();
  ExpectNextThenDeferred({"greeting", "", v1::PROTOCOL_ERROR, "unreachable"});
  EXPECT_LT(MemoryKilobytes() - before, 16 * 1024);
}

TEST_F(FaultMatrix, Row09KnowsOnlyHelo) {
  const RelayScript script = [](const Moment& moment) -> std::optional<Act> {
    if (!absl::StartsWith(moment.line, "EHLO")) return std::nullopt;
    return Act{Say("502 5.5.1 What is that?")};
  };
  relay_.PlayScript(script);
  second_.PlayScript(script);
  Set(0, "tls: REQUIRED");
  StartWithSecond();
  ExpectNextThenDeferred({"ehlo", "502", v1::TLS_FAILURE, ""});
}

TEST_F(FaultMatrix, Row10AnswersEhloWith421) {
  relay_.At(Stage::kEhlo, {Say("421 4.3.2 Changed my mind"), Close()});
  StartWithSecond();
  ExpectNextThenDeferred({"ehlo", "421", v1::CONNECT_FAILURE, "turned_away"});
}

TEST_F(FaultMatrix, Row11MixesCodesInOneReply) {
  relay_.At(Stage::kEhlo, {Raw("250-relay.test\r\n550 No\r\n")});
  StartWithSecond();
  ExpectNextThenDeferred({"ehlo", "", v1::PROTOCOL_ERROR, "unreachable"});
}

TEST_F(FaultMatrix, Row12OffersNoStarttls) {
  Set(0, "tls: REQUIRED");
  Set(1, "tls: OPPORTUNISTIC");
  StartWithSecond();
  ExpectNextThenDeferred({"starttls", "", v1::TLS_FAILURE, ""});
}

TEST_F(FaultMatrix, Row12NoLongerOffersStarttls) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  FaultRelay may(with_tls);
  Set(0, "tls: OPPORTUNISTIC");
  Start({may.port()});
  EXPECT_NE(ExpectAccepted(SendCode(), may, 1).last().tls().version(), "");
  EXPECT_EQ(Metric("posthaste_starttls_stripped_total"), 0);
  may.Disconnect(false);
  may.At(Stage::kEhlo, {Raw("250-relay.test\r\n250 PIPELINING\r\n")});
  const Seen seen = ExpectAccepted(SendCode(), may, 1);
  EXPECT_EQ(seen.last().tls().version(), "") << "in clear, as it may";
  EXPECT_THAT(seen.last().transcript(), HasSubstr("STARTTLS was offered before"));
  EXPECT_EQ(Metric("posthaste_starttls_stripped_total"), 1);
}

TEST_F(FaultMatrix, Row13AnswersStarttlsWith454) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  FaultRelay required(with_tls), may(with_tls);
  required.At(Stage::kStartTls, {Say("454 4.7.0 Not now")});
  may.At(Stage::kStartTls, {Say("454 4.7.0 Not now")});
  Set(0, "tls: REQUIRED");
  Set(1, "tls: OPPORTUNISTIC");
  Start({required.port(), may.port()});
  ExpectUnsent(SendCodeSolo(), Message::DEFERRED, {"starttls", "454", v1::TLS_FAILURE, ""});
  EXPECT_EQ(ExpectAccepted(SendCode(), may, 2).last().tls().version(), "");
}

TEST_F(FaultMatrix, Row14InjectsRepliesBeforeTheHandshake) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  FaultRelay relay(with_tls);
  relay.At(Stage::kStartTls, {Raw("220 ok\r\n250 FAKE\r\n"), Hang()});
  Set(0, "tls: OPPORTUNISTIC");
  Start({relay.port(), second_.port()});
  ExpectNextThenDeferred({"starttls", "", v1::TLS_FAILURE, "unreachable"});
  const Seen seen = ExpectAccepted(SendCode(), second_, 2);
  EXPECT_THAT(seen.attempts[0].transcript(), HasSubstr("tls_injection"));
  EXPECT_EQ(relay.tries(), 0) << "nothing was said on a connection that somebody else speaks on";
}

TEST_F(FaultMatrix, Row15FailsTheHandshake) {
  const std::vector<Act> faults = {{Reset()},
                                   {Raw(std::string("\x15\x03\x01\x00\x02\x02\x28", 7)), Close()},
                                   {Raw("what is this?\r\n")},
                                   {Hang()}};
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  std::vector<std::unique_ptr<FaultRelay>> relays;
  std::vector<uint16_t> ports;
  for (const Act& fault : faults) {
    relays.push_back(std::make_unique<FaultRelay>(with_tls));
    relays.back()->At(Stage::kHandshake, fault);
    ports.push_back(relays.back()->port());
    Set(ports.size() - 1, absl::StrCat("tls: REQUIRED", ports.size() > 1 ? ", " : "",
                                       ports.size() > 1 ? kShort : ""));
  }
  FaultRelay may(with_tls);
  ports.push_back(may.port());
  Set(4, absl::StrCat("tls: OPPORTUNISTIC, ", kShort));
  may.At(Stage::kHandshake, faults[0]);
  Start(ports);
  ExpectUnsent(SendCodeSolo(), Message::DEFERRED, {"starttls", "", v1::TLS_FAILURE, "unreachable"});
  for (const Act& fault : faults) {
    may.At(Stage::kHandshake, fault);
    may.Disconnect(false);
    const std::string id = SendCode();
    const Seen seen = AwaitState(id, Message::ACCEPTED);
    EXPECT_EQ(may.Of(id).copies, 1) << seen.last().transcript();
    EXPECT_EQ(seen.last().tls().version(), "") << "in clear, on a connection of its own";
    for (size_t i = 0; i + 1 < seen.attempts.size(); ++i) {
      EXPECT_EQ(seen.attempts[i].phase(), "starttls");
      EXPECT_EQ(seen.attempts[i].failure_class(), v1::TLS_FAILURE);
    }
  }
}

TEST_F(FaultMatrix, Row16ShowsABadCertificate) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().expired;
  FaultRelay expired(with_tls), wrong(with_tls), self(with_tls), may(with_tls);
  wrong.SetCertificate(certificates().wrong_name);
  self.SetCertificate(certificates().self_signed);
  const std::string verified =
      absl::StrCat("tls: VERIFIED, tls_name: relay.test, ca_file: ", certificates().ca);
  for (size_t i = 0; i < 3; ++i) Set(i, verified);
  Set(3, "tls: OPPORTUNISTIC");
  Start({expired.port(), wrong.port(), self.port(), may.port()});
  ExpectUnsent(SendCodeSolo(), Message::DEFERRED, {"starttls", "", v1::TLS_FAILURE, ""});
  const Seen seen = ExpectAccepted(SendCode(), may, 4);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(seen.attempts[i].failure_class(), v1::TLS_FAILURE);
    EXPECT_EQ(v1::FailureScope_Name(seen.attempts[i].scope()), "CONFIG");
  }
  EXPECT_THAT(seen.last().tls().version(), StartsWith("TLSv1"));
  EXPECT_FALSE(seen.last().tls().verified());
  expired.SetCertificate(certificates().good);
  EXPECT_TRUE(ExpectAccepted(SendCode(), expired).last().tls().verified());
}

TEST_F(FaultMatrix, Row17DropsTlsWithoutCloseNotifyAfterItsYes) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  FaultRelay relay(with_tls);
  relay.At(Stage::kDot, {Keep(), Say("250 2.0.0 Kept"), Close()});
  Set(0, "tls: REQUIRED");
  Start({relay.port()});
  EXPECT_THAT(ExpectAccepted(SendCode(), relay).last().tls().version(), StartsWith("TLSv1"));
  ExpectAccepted(SendCode(), relay);
  EXPECT_EQ(relay.connections(), 2);
  ExpectFault("");
}

TEST_F(FaultMatrix, Row18CutsItsLastReplyShort) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  FaultRelay relay(with_tls);
  relay.At(Stage::kDot, {Keep(), Raw("25"), Close()});
  Set(0, "tls: REQUIRED");
  Start({relay.port(), second_.port()});
  const Seen seen = ExpectDoubt(SendCode(), {"dot", "", v1::CONNECT_FAILURE, "broken"}, 0);
  EXPECT_EQ(relay.Of(seen.message.id()).copies, 1);
}

class FaultMatrixAuth : public FaultMatrix {
 protected:
  FaultMatrixAuth() {
    FaultRelayOptions options;
    options.extensions.push_back("AUTH PLAIN");
    options.certificate = certificates().good;
    relay_with_auth_ = std::make_unique<FaultRelay>(options);
    password_ = dir_.Write("password", "hunter2\n");
  }
  void StartWithAuth(const std::string& tls) {
    Set(0, absl::StrCat("username: posthaste, password_file: ", password_, ", ", tls));
    Start({relay_with_auth_->port(), second_.port()});
  }

  const TempDir dir_;
  std::string password_;
  std::unique_ptr<FaultRelay> relay_with_auth_;
};

TEST_F(FaultMatrixAuth, Row19RefusesOurCredentials) {
  relay_with_auth_->At(Stage::kAuth, {Say("535 5.7.8 Who are you?")});
  StartWithAuth("tls: NONE");
  ExpectUnsent(SendCodeSolo(), Message::DEFERRED, {"auth", "535", v1::AUTH_FAILED, "credentials"});
  EXPECT_EQ(Metric("posthaste_relay_breaker_state", {"relay0"}), 3);
  // The route is suspended: others go elsewhere, or wait; nobody tries the password again.
  ExpectAccepted(SendCode(), second_);
  const std::string waits = SendCodeSolo();
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] {
    return Metric("posthaste_message_transitions_total", {"RELEASED"}) > 0;
  }));
  EXPECT_EQ(Message::State_Name(AwaitState(waits, Message::QUEUED).state()), "QUEUED");
  EXPECT_EQ(relay_with_auth_->connections(), 1);
}

TEST_F(FaultMatrixAuth, Row20AnswersAuthWith454OrDrops) {
  relay_with_auth_->PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kAuth) return std::nullopt;
    if (moment.connection == 1) return Act{Say("454 4.7.0 Temporary failure")};
    return Act{Close()};
  });
  StartWithAuth("tls: NONE");
  ExpectNextThenDeferred({"auth", "454", v1::AUTH_FAILED, "turned_away"});
  EXPECT_EQ(Metric("posthaste_relay_breaker_state", {"relay0"}), 0);
}

TEST_F(FaultMatrixAuth, Row21OffersAuthOnlyBeforeTls) {
  relay_with_auth_->PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kEhlo || !moment.tls) return std::nullopt;
    return Act{Say("250 relay.test")};
  });
  StartWithAuth(absl::StrCat("tls: VERIFIED, tls_name: relay.test, ca_file: ", certificates().ca));
  ExpectUnsent(SendCodeSolo(), Message::DEFERRED, {"auth", "", v1::AUTH_FAILED, "credentials"});
  EXPECT_THAT(relay_with_auth_->Heard(), Not(Contains(StartsWith("AUTH"))));
}

}  // namespace
}  // namespace posthaste
