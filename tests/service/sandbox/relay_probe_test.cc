// Against a receiver that this project did not write (aiosmtpd), with certificates made for the
// test.
#include "service/sandbox/relay_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/strings/numbers.h"
#include "tests/smtp/certificates.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RelayProbeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new smtp::Certificates; }
  static void TearDownTestSuite() { delete certificates_; }

  // aiosmtpd with the certificate, on a port of its own.
  RelayUrl Start(const std::string& certificate, bool implicit_tls) {
    std::vector<std::string> command = {
        "/usr/bin/python3", PH_SOURCE_DIR "/tests/e2e/smtp_receiver.py",
        "--certificate",    certificate,
        "--user",           "me",
        "--password",       "right"};
    if (implicit_tls) command.push_back("--implicit");
    process_ = std::make_unique<Process>(command);
    const std::optional<std::string> line = process_->WaitForLine("port ", absl::Seconds(20));
    int port = 0;
    EXPECT_TRUE(line && absl::SimpleAtoi(line->substr(5), &port)) << process_->Err();
    RelayUrl relay;
    relay.host = "127.0.0.1";
    relay.port = static_cast<uint16_t>(port);
    relay.implicit_tls = implicit_tls;
    relay.ca_file = certificates_->ca;
    return relay;
  }
  RelayRefusal Refused(const RelayUrl& relay) {
    const absl::StatusOr<std::optional<RelayRefusal>> refusal = ProbeRelay(relay);
    EXPECT_TRUE(refusal.ok()) << refusal.status();
    EXPECT_TRUE(refusal.ok() && refusal->has_value());
    return refusal.ok() && refusal->has_value() ? **refusal : RelayRefusal();
  }

  static smtp::Certificates* certificates_;
  std::unique_ptr<Process> process_;
  TempDir dir_;
};
smtp::Certificates* RelayProbeTest::certificates_ = nullptr;

TEST_F(RelayProbeTest, TellsThatNobodyListens) {
  RelayUrl relay;
  relay.host = "127.0.0.1";
  relay.port = FreePort();
  const RelayRefusal refusal = Refused(relay);
  EXPECT_EQ(refusal.relay, "127.0.0.1:" + std::to_string(relay.port));
  EXPECT_EQ(refusal.phase, "connect");
  EXPECT_EQ(refusal.failure_class, v1::CONNECT_FAILURE);
  EXPECT_FALSE(refusal.reply.empty());
}

TEST_F(RelayProbeTest, TellsThatACertificateIsBad) {
  const RelayRefusal refusal = Refused(Start(certificates_->self_signed, true));
  EXPECT_EQ(refusal.phase, "starttls");
  EXPECT_EQ(refusal.failure_class, v1::TLS_FAILURE);
  EXPECT_THAT(refusal.reply, HasSubstr("handshake failed"));
}

TEST_F(RelayProbeTest, IsWelcomeWithTheRightPassword) {
  for (const bool implicit_tls : {true, false}) {
    RelayUrl relay = Start(certificates_->good, implicit_tls);
    relay.username = "me";
    relay.password_file = dir_.Write("pw", "right\n");
    const absl::StatusOr<std::optional<RelayRefusal>> refusal = ProbeRelay(relay);
    ASSERT_TRUE(refusal.ok()) << refusal.status();
    EXPECT_FALSE(refusal->has_value()) << (*refusal)->phase << " " << (*refusal)->reply;
  }
}

TEST_F(RelayProbeTest, TellsThatThePasswordIsWrong) {
  RelayUrl relay = Start(certificates_->good, true);
  relay.username = "me";
  relay.password_file = dir_.Write("pw", "wrong");
  const RelayRefusal refusal = Refused(relay);
  EXPECT_EQ(refusal.phase, "auth");
  EXPECT_THAT(refusal.reply, StartsWith("535"));
  EXPECT_EQ(refusal.failure_class, v1::AUTH_FAILED);
}

TEST_F(RelayProbeTest, NamesAPasswordFileThatCannotBeUsed) {
  RelayUrl relay;
  relay.host = "127.0.0.1";
  relay.port = 1;
  relay.username = "me";
  relay.password_file = dir_.Write("pw", "right");
  chmod(relay.password_file.c_str(), 0644);
  EXPECT_THAT(ProbeRelay(relay).status().ToString(),
              HasSubstr("--password-file: " + relay.password_file + ": mode 0644"));
  relay.password_file = "";
  relay.ca_file = dir_.File("ca.pem");
  EXPECT_THAT(ProbeRelay(relay).status().ToString(), HasSubstr("--ca-file"));
}

}  // namespace
}  // namespace posthaste::sandbox
