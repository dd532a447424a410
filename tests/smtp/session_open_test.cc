// What opening a session tells; what it makes of replies is in tests/dialogues.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/smtp/session_support.h"

namespace posthaste::smtp {
namespace {

class SessionOpenTest : public SessionTest {};

constexpr char kToTls[] =
    "S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250 STARTTLS\nC: STARTTLS\nS: "
    "220 Go\nC: <tls>\n";

TEST_F(SessionOpenTest, TellsAFailedAttemptWhole) {
  Script("S: <wait 3s>\nS: 554 5.3.2 Closed\n");
  const absl::Time begun = clock_.Now();
  Open();
  ASSERT_EQ(session_, nullptr);
  EXPECT_EQ(failed_.ending, Ending::kRelayFailed);
  EXPECT_EQ(failed_.outcome.verdict, Verdict::kDeferred);
  EXPECT_EQ(failed_.outcome.reply.code, 554);
  EXPECT_EQ(failed_.start_time, begun);
  EXPECT_EQ(Spent(failed_, Phase::kGreeting), absl::Seconds(3));
  EXPECT_EQ(failed_.transcript, "S: 554 5.3.2 Closed\n");
  EXPECT_EQ(failed_.relay, "primary");
  EXPECT_EQ(failed_.address, "127.0.0.1:25");
}

TEST_F(SessionOpenTest, NamesTheHostWhenThereIsNoConnection) {
  Script("S: <refused>\n");
  Open();
  EXPECT_EQ(failed_.address, "relay.test:25");
  EXPECT_EQ(failed_.transcript, "(connection refused)\n");
}

TEST_F(SessionOpenTest, TellsTheFactsOfTls) {
  options_.tls = TlsLevel::kVerified;
  Script(absl::StrCat(kToTls, "S: <tls good>\n",
                      "C: EHLO client.test\nS: 250-relay.test\nS: 250 PIPELINING\n", kOffer,
                      "C: <body>\nC: .\nS: 250 Ok\n"));
  Open();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.tls.version, "TLSv1.3");
  EXPECT_TRUE(attempt.tls.verified);
  EXPECT_NE(attempt.transcript.find("(TLSv1.3 TLS_AES_256_GCM_SHA384, verified)"),
            std::string::npos);
  EXPECT_FALSE(session_->tls_downgraded());
}

TEST_F(SessionOpenTest, BooksBothConnectionsOfADowngrade) {
  options_.tls = TlsLevel::kOpportunistic;
  Script(absl::StrCat(kToTls, "S: <silence>\nC: <connect>\n", kGreet, kOffer,
                      "C: <body>\nC: .\nS: 250 Ok\n"));
  Open();
  ASSERT_NE(session_, nullptr);
  EXPECT_TRUE(session_->tls_downgraded());
  const Attempt attempt = Send();
  EXPECT_EQ(Spent(attempt, Phase::kStartTls), options_.limits.starttls);
  EXPECT_EQ(attempt.tls.version, "");
  EXPECT_NE(attempt.transcript.find("(once more in clear, on a new connection)"),
            std::string::npos);
}

TEST_F(SessionOpenTest, NeverShowsACredential) {
  options_.username = "app";
  options_.password = Secret("s3cret");
  options_.auth_without_tls = true;
  Script(
      "S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250 AUTH LOGIN\nC: AUTH "
      "LOGIN\n"
      "S: 334 VXNlcm5hbWU6\nC: YXBw\nS: 334 UGFzc3dvcmQ6\nC: czNjcmV0\nS: 535 5.7.8 No\n");
  Open();
  ASSERT_EQ(session_, nullptr);
  EXPECT_EQ(failed_.outcome.failure_class, FailureClass::kAuthFailed);
  EXPECT_EQ(failed_.outcome.scope, Scope::kConfig);
  EXPECT_NE(failed_.outcome.verdict, Verdict::kBounced);
  EXPECT_EQ(failed_.transcript.find("YXBw"), std::string::npos);
  EXPECT_EQ(failed_.transcript.find("czNjcmV0"), std::string::npos);
  EXPECT_NE(failed_.transcript.find("C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ***\n"),
            std::string::npos);
}

TEST_F(SessionOpenTest, RefusesAnEhloNameThatIsMoreThanOneLine) {
  options_.ehlo_name = "client.test\r\nMAIL FROM:<>";
  Script("S: 220 relay.test\n");
  Open();
  ASSERT_EQ(session_, nullptr);
  EXPECT_EQ(relay_->trace().writes, 0);
}

}  // namespace
}  // namespace posthaste::smtp
