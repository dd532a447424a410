// Our client against receivers that we did not write: aiosmtpd and Postfix's smtp-sink.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "smtp/sender.h"
#include "tests/smtp/certificates.h"
#include "tests/smtp/relays_support.h"
#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

// aiosmtpd on a port of its own.
class Receiver {
 public:
  explicit Receiver(std::vector<std::string> arguments) : process_(Command(std::move(arguments))) {
    const std::optional<std::string> line = process_.WaitForLine("port ", absl::Seconds(20));
    int port = 0;
    EXPECT_TRUE(line && absl::SimpleAtoi(line->substr(5), &port)) << process_.Err();
    port_ = static_cast<uint16_t>(port);
  }
  uint16_t port() const { return port_; }
  // The lines of the messages that it stored.
  std::vector<std::string> Stored() const {
    std::vector<std::string> lines = absl::StrSplit(process_.Out(), '\n', absl::SkipEmpty());
    lines.erase(lines.begin());
    return lines;
  }

 private:
  static std::vector<std::string> Command(std::vector<std::string> arguments) {
    std::vector<std::string> command = {"/usr/bin/python3",
                                        PH_SOURCE_DIR "/tests/e2e/smtp_receiver.py"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }
  Process process_;
  uint16_t port_ = 0;
};

// smtp-sink; its messages end up in files of `dump`.
class Sink {
 public:
  explicit Sink(std::vector<std::string> options = {}) : port_(FreePort()) {
    std::vector<std::string> command = {"/usr/sbin/smtp-sink", "-d", dump_.File("mail")};
    if (geteuid() == 0) command.insert(command.end(), {"-u", "root"});
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"inet:127.0.0.1:" + std::to_string(port_), "100"});
    process_.emplace(command);
    EXPECT_TRUE(PollUntil(absl::Seconds(10), [this] { return Listens(); })) << process_->Err();
  }
  uint16_t port() const { return port_; }
  int Stored() const {
    const Finished count = RunProcess({"/bin/sh", "-c", "ls " + dump_.path() + " | wc -l"});
    int stored = 0;
    EXPECT_TRUE(absl::SimpleAtoi(count.out, &stored));
    return stored;
  }
  std::string Dumped() const {
    return RunProcess({"/bin/sh", "-c", "cat " + dump_.path() + "/*"}).out;
  }

 private:
  bool Listens() const {
    Loop loop;
    asio::ip::tcp::socket socket(loop);
    boost::system::error_code error;
    socket.connect({asio::ip::make_address("127.0.0.1"), port_}, error);
    return !error;
  }
  TempDir dump_;
  const uint16_t port_;
  std::optional<Process> process_;
};

class ReceiversTest : public ::testing::Test, public RelaysTest {
 protected:
  static void SetUpTestSuite() { certificates_ = new Certificates; }
  static void TearDownTestSuite() { delete certificates_; }

  RelayOptions WithTls(uint16_t port, TlsLevel level) {
    RelayOptions options = Options("receiver", port);
    options.session.tls = level;
    options.session.tls_name = "relay.test";
    options.ca_file = certificates_->ca;
    return options;
  }
  RelayOptions WithPassword(uint16_t port, const std::string& password) {
    RelayOptions options = WithTls(port, TlsLevel::kVerified);
    options.session.username = "posthaste";
    options.session.password = Secret(password);
    return options;
  }
  Sent SendTo(const RelayOptions& options) {
    return Send({std::make_shared<Relay>(options, SystemClock())});
  }

  static Certificates* certificates_;
};
Certificates* ReceiversTest::certificates_ = nullptr;

enum class Expect { kClear, kTls, kVerified, kRefused };

struct Row {
  const char* what;
  std::string certificate;
  Expect none, opportunistic, required, verified;
};

TEST_F(ReceiversTest, EveryTlsLevelMeetsEveryCertificate) {
  const Row rows[] = {
      {"no STARTTLS", "", Expect::kClear, Expect::kClear, Expect::kRefused, Expect::kRefused},
      {"good", certificates_->good, Expect::kClear, Expect::kVerified, Expect::kVerified,
       Expect::kVerified},
      {"self-signed", certificates_->self_signed, Expect::kClear, Expect::kTls, Expect::kTls,
       Expect::kRefused},
      {"wrong name", certificates_->wrong_name, Expect::kClear, Expect::kTls, Expect::kTls,
       Expect::kRefused},
      {"expired", certificates_->expired, Expect::kClear, Expect::kTls, Expect::kTls,
       Expect::kRefused},
  };
  for (const Row& row : rows) {
    std::vector<std::string> arguments;
    if (!row.certificate.empty()) arguments = {"--certificate", row.certificate};
    const Receiver receiver(arguments);
    size_t stored = 0;
    for (const auto& [level, expected] : {std::pair(TlsLevel::kNone, row.none),
                                          std::pair(TlsLevel::kOpportunistic, row.opportunistic),
                                          std::pair(TlsLevel::kRequired, row.required),
                                          std::pair(TlsLevel::kVerified, row.verified)}) {
      SCOPED_TRACE(std::string(row.what) + ", level " + std::to_string(static_cast<int>(level)));
      const Sent sent = SendTo(WithTls(receiver.port(), level));
      ASSERT_EQ(sent.attempts.size(), 1u);
      const Attempt& attempt = sent.attempts[0];
      EXPECT_EQ(Accepted(sent), expected != Expect::kRefused) << attempt.transcript;
      EXPECT_EQ(attempt.tls.verified, expected == Expect::kVerified);
      if (expected == Expect::kRefused) {
        EXPECT_EQ(attempt.ending, Ending::kRelayFailed);
        EXPECT_EQ(attempt.outcome.phase, Phase::kStartTls);
        EXPECT_EQ(attempt.outcome.failure_class, FailureClass::kTlsFailure);
        EXPECT_FALSE(attempt.dot_sent);
      } else {
        const bool secure = expected == Expect::kTls || expected == Expect::kVerified;
        EXPECT_EQ(attempt.tls.version.empty(), !secure);
        ASSERT_EQ(receiver.Stored().size(), ++stored);
        EXPECT_TRUE(absl::StrContains(receiver.Stored().back(),
                                      secure ? "\"tls\": true" : "\"tls\": false"));
      }
    }
    EXPECT_EQ(receiver.Stored().size(), stored);
  }
}

TEST_F(ReceiversTest, ImplicitTls) {
  const Receiver receiver({"--certificate", certificates_->good, "--implicit"});
  RelayOptions options = WithTls(receiver.port(), TlsLevel::kVerified);
  options.session.implicit_tls = true;
  const Sent sent = SendTo(options);
  EXPECT_TRUE(Accepted(sent)) << sent.attempts[0].transcript;
  EXPECT_TRUE(sent.attempts[0].tls.verified);
}

TEST_F(ReceiversTest, AuthenticatesByPlainAndByLogin) {
  for (const bool plain : {true, false}) {
    std::vector<std::string> arguments = {"--certificate", certificates_->good, "--user",
                                          "posthaste",     "--password",        "s3cret\xC3\xA9"};
    if (!plain) arguments.push_back("--without-plain");
    const Receiver receiver(arguments);
    const Sent sent = SendTo(WithPassword(receiver.port(), "s3cret\xC3\xA9"));
    ASSERT_EQ(sent.attempts.size(), 1u);
    EXPECT_TRUE(Accepted(sent)) << sent.attempts[0].transcript;
    ASSERT_EQ(receiver.Stored().size(), 1u);
    EXPECT_TRUE(absl::StrContains(receiver.Stored()[0], "\"user\": \"posthaste\""));
    EXPECT_FALSE(absl::StrContains(sent.attempts[0].transcript, "s3cret"));
  }
}

TEST_F(ReceiversTest, ARefusedPasswordSuspendsTheRelayAndBouncesNothing) {
  const Receiver receiver(
      {"--certificate", certificates_->good, "--user", "posthaste", "--password", "right"});
  const auto relay = std::make_shared<Relay>(WithPassword(receiver.port(), "wrong"), SystemClock());
  const Sent first = Send({relay});
  ASSERT_EQ(first.attempts.size(), 1u);
  EXPECT_EQ(first.attempts[0].ending, Ending::kRelayFailed);
  EXPECT_EQ(first.attempts[0].outcome.reply.code, 535);
  EXPECT_EQ(first.attempts[0].outcome.verdict, Verdict::kDeferred);
  EXPECT_EQ(first.attempts[0].outcome.failure_class, FailureClass::kAuthFailed);
  EXPECT_EQ(first.attempts[0].outcome.scope, Scope::kConfig);
  EXPECT_EQ(relay->governor().BreakerState(), Breaker::State::kSuspended);
  const Sent second = Send({relay});
  EXPECT_TRUE(second.attempts.empty()) << "nobody knocks at a suspended relay";
  EXPECT_GT(second.not_before, SystemClock().Now() + absl::Minutes(4));
  EXPECT_TRUE(receiver.Stored().empty());
}

TEST_F(ReceiversTest, CredentialsGoToNoUnverifiedRelay) {
  const Receiver receiver(
      {"--certificate", certificates_->self_signed, "--user", "posthaste", "--password", "right"});
  RelayOptions options = WithPassword(receiver.port(), "right");
  options.session.tls = TlsLevel::kRequired;
  const Sent sent = SendTo(options);
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_EQ(sent.attempts[0].ending, Ending::kRelayFailed);
  EXPECT_EQ(sent.attempts[0].outcome.phase, Phase::kAuth);
  EXPECT_FALSE(absl::StrContains(sent.attempts[0].transcript, "C: AUTH"));
}

TEST_F(ReceiversTest, InternationalAddressesNeedAReceiverThatTakesThem) {
  const Receiver modern({"--smtputf8"}), old({});
  const auto old_relay = MakeRelay("old", old.port());
  const auto modern_relay = MakeRelay("modern", modern.port());
  Envelope envelope;
  envelope.mail_from = "bounce@client.test";
  envelope.rcpt_to = "j\xC3\xBCrgen@example.test";
  envelope.needs_smtputf8 = true;
  FenceFactory fences = [this] { return std::make_unique<FixedFence>(fence, &fences_asked); };
  const std::vector<std::shared_ptr<Relay>> both = {old_relay, modern_relay};
  const Sent sent = RunTask(loop, sender.Send(both, envelope, kMessage, fences, Urgency::kCode,
                                              SystemClock().Now() + absl::Seconds(20)));
  ASSERT_EQ(sent.attempts.size(), 2u);
  EXPECT_EQ(sent.attempts[0].outcome.failure_class, FailureClass::kUtf8Unsupported);
  EXPECT_TRUE(Accepted(sent)) << sent.attempts[1].transcript;
  EXPECT_TRUE(absl::StrContains(modern.Stored().at(0), "SMTPUTF8"));
  EXPECT_TRUE(old.Stored().empty());
}

TEST_F(ReceiversTest, SinkTakesHundredMessagesOnOneSession) {
  const Sink sink;
  const auto relay = MakeRelay("sink", sink.port());
  int connected = 0;
  for (int i = 0; i < 100; ++i) {
    const Sent sent = Send({relay});
    ASSERT_EQ(sent.attempts.size(), 1u);
    ASSERT_TRUE(Accepted(sent)) << i << sent.attempts[0].transcript;
    const auto& durations = sent.attempts[0].phase_durations;
    if (durations[static_cast<int>(Phase::kConnect)] > absl::ZeroDuration()) ++connected;
  }
  EXPECT_EQ(sink.Stored(), 100);
  EXPECT_EQ(connected, 1);
}

TEST_F(ReceiversTest, SinkGetsTheBytesThatWereSent) {
  const Sink sink;
  ASSERT_TRUE(Accepted(Send({MakeRelay("sink", sink.port())})));
  const std::string dumped = sink.Dumped();
  EXPECT_TRUE(absl::StrContains(dumped, "Subject: hello")) << dumped;
  EXPECT_TRUE(absl::StrContains(dumped, "X-Mail-Args: <bounce@client.test>")) << dumped;
}

TEST_F(ReceiversTest, AClosedPortLeadsToALivingRelay) {
  const Sink sink;
  const Sent sent = Send({MakeRelay("closed", FreePort()), MakeRelay("sink", sink.port())});
  ASSERT_EQ(sent.attempts.size(), 2u);
  EXPECT_EQ(sent.attempts[0].outcome.phase, Phase::kConnect);
  EXPECT_TRUE(Accepted(sent));
  EXPECT_EQ(sink.Stored(), 1);
}

TEST_F(ReceiversTest, SinkThatDisconnectsBeforeTheDotLeadsToTheNextAndAfterItIsUncertain) {
  const Sink good;
  for (const char* verb : {"MAIL", "RCPT", "DATA"}) {
    const Sink bad({"-q", verb});
    const Sent sent = Send({MakeRelay("bad", bad.port()), MakeRelay("good", good.port())});
    ASSERT_EQ(sent.attempts.size(), 2u) << verb;
    EXPECT_TRUE(Accepted(sent)) << verb;
  }
  EXPECT_EQ(good.Stored(), 3);
  const Sink silent({"-q", "."});
  const Sent sent = Send({MakeRelay("silent", silent.port()), MakeRelay("good", good.port())});
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kUncertain);
  EXPECT_EQ(good.Stored(), 3);
}

TEST_F(ReceiversTest, SinkThatRefusesIsUnderstood) {
  const Sink never({"-f", "RCPT"});
  Sent sent = Send({MakeRelay("never", never.port())});
  ASSERT_EQ(sent.attempts.size(), 1u);
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kBounced);
  const Sink later({"-r", "RCPT"});
  sent = Send({MakeRelay("later", later.port())});
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kDeferred);
  const Sink closing({"-Q", "."});
  sent = Send({MakeRelay("closing", closing.port())});
  EXPECT_EQ(sent.attempts[0].outcome.verdict, Verdict::kDeferred);
  EXPECT_TRUE(sent.attempts[0].dot_sent);
}

}  // namespace
}  // namespace posthaste::smtp
