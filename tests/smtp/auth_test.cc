#include "smtp/auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace posthaste::smtp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kNonce[] = "rOprNGfwEbeRWgbNEkqO";

Capabilities Offering(std::vector<std::string> mechanisms) {
  Capabilities capabilities;
  capabilities.auth = std::move(mechanisms);
  return capabilities;
}

Capabilities OfferingAll() {
  return Offering({"LOGIN", "PLAIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1",
                   "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "GSSAPI"});
}

Login WithPassword(std::string password = "pencil") {
  Login login;
  login.username = "user";
  login.secret = Secret(std::move(password));
  login.channel = {"tls-exporter", std::string(32, 'B')};
  return login;
}

Login WithToken(std::string token = "t0ken") {
  Login login = WithPassword(std::move(token));
  login.has_token = true;
  login.host = "relay.test";
  login.port = 587;
  return login;
}

TEST(Mechanisms, AreInTheOrderInWhichTheyProtectThePassword) {
  EXPECT_THAT(UsableMechanisms(OfferingAll(), DefaultMechanisms(), WithPassword()),
              ElementsAre(Mechanism::kScramSha256Plus, Mechanism::kScramSha256, Mechanism::kPlain,
                          Mechanism::kLogin));
  EXPECT_THAT(UsableMechanisms(OfferingAll(), DefaultMechanisms(), WithToken()),
              ElementsAre(Mechanism::kOauthBearer, Mechanism::kXoauth2));
  EXPECT_THAT(
      UsableMechanisms(Offering({"CRAM-MD5", "LOGIN"}), DefaultMechanisms(), WithPassword()),
      ElementsAre(Mechanism::kLogin))
      << "CRAM-MD5 only if an operator asks for it";
  const std::vector<Mechanism> asked = {Mechanism::kCramMd5, Mechanism::kPlain};
  EXPECT_THAT(UsableMechanisms(OfferingAll(), asked, WithPassword()),
              ElementsAre(Mechanism::kPlain, Mechanism::kCramMd5));
  EXPECT_THAT(UsableMechanisms(Offering({}), DefaultMechanisms(), WithPassword()), IsEmpty());
}

TEST(Mechanisms, FitWhatWeHave) {
  Login unbound = WithPassword();
  unbound.channel = {};
  EXPECT_EQ(UsableMechanisms(OfferingAll(), DefaultMechanisms(), unbound).front(),
            Mechanism::kScramSha256);
  EXPECT_EQ(UsableMechanisms(OfferingAll(), DefaultMechanisms(), WithPassword("p\xe4ss")).front(),
            Mechanism::kPlain)
      << "what is not UTF-8 cannot be prepared for SCRAM";
  EXPECT_EQ(UsableMechanisms(OfferingAll(), DefaultMechanisms(), WithPassword("p\xc3\xa4ss")),
            UsableMechanisms(OfferingAll(), DefaultMechanisms(), WithPassword()));
}

TEST(Mechanisms, HaveNames) {
  for (const Mechanism mechanism : DefaultMechanisms()) {
    EXPECT_EQ(MechanismByName(MechanismName(mechanism)), mechanism);
  }
  EXPECT_EQ(MechanismByName("CRAM-MD5"), Mechanism::kCramMd5);
  EXPECT_EQ(MechanismByName("ANONYMOUS"), std::nullopt);
}

TEST(Credentials, GoOutOnlyOverVerifiedTls) {
  const TlsFacts clear, unverified{"TLSv1.3", "x", false}, verified{"TLSv1.3", "x", true};
  EXPECT_TRUE(MaySendCredentials(verified, false, "192.0.2.1:25"));
  EXPECT_FALSE(MaySendCredentials(unverified, false, "192.0.2.1:25"));
  EXPECT_FALSE(MaySendCredentials(clear, false, "192.0.2.1:25"));
  EXPECT_FALSE(MaySendCredentials({"", "", true}, false, "192.0.2.1:25"));
}

TEST(Credentials, GoOutInClearOnlyToThisHostAndOnlyIfAllowed) {
  const TlsFacts clear;
  EXPECT_TRUE(MaySendCredentials(clear, true, "127.0.0.1:25"));
  EXPECT_TRUE(MaySendCredentials(clear, true, "127.8.9.10:25"));
  EXPECT_TRUE(MaySendCredentials(clear, true, "[::1]:25"));
  EXPECT_FALSE(MaySendCredentials(clear, false, "127.0.0.1:25"));
  EXPECT_FALSE(MaySendCredentials(clear, true, "192.0.2.1:25"));
  EXPECT_FALSE(MaySendCredentials(clear, true, "1.127.0.0:25"));
  EXPECT_FALSE(MaySendCredentials(clear, true, "[::11]:25"));
  EXPECT_FALSE(MaySendCredentials(clear, true, ""));
}

TEST(AuthExchange, WritesLinesOfSmtp) {
  // RFC 4954 4.1, example.
  Login login = WithPassword("1234");
  login.username = "test";
  AuthExchange plain(Mechanism::kPlain, login, {}, kNonce);
  EXPECT_EQ(plain.First()->Reveal(), "AUTH PLAIN AHRlc3QAMTIzNA==\r\n");
  EXPECT_FALSE(plain.Next("")->has_value());
  EXPECT_TRUE(plain.Finish().ok());
  AuthExchange in_steps(Mechanism::kLogin, login, {}, kNonce);
  EXPECT_EQ(in_steps.First()->Reveal(), "AUTH LOGIN\r\n");
  EXPECT_EQ((*in_steps.Next("not base64!"))->Reveal(), "dGVzdA==\r\n");
  EXPECT_EQ((*in_steps.Next(""))->Reveal(), "MTIzNA==\r\n");
  EXPECT_FALSE(in_steps.Next("")->has_value());
}

TEST(AuthExchange, AnswersTheSignatureWithAnEmptyLine) {
  AuthExchange exchange(Mechanism::kScramSha256, WithPassword(), OfferingAll(), kNonce);
  EXPECT_EQ(exchange.First()->Reveal(),
            "AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=\r\n");
  const std::string first = Base64(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  ASSERT_TRUE(exchange.Next(first).ok());
  EXPECT_FALSE(exchange.Finish().ok());
  const absl::StatusOr<std::optional<Secret>> last =
      exchange.Next(Base64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ((*last)->Reveal(), "\r\n");
  EXPECT_TRUE(exchange.Finish().ok());
}

TEST(AuthExchange, TellsThatItCouldHaveBoundOnlyWhereThatIsNotOffered) {
  AuthExchange stripped(Mechanism::kScramSha256, WithPassword(), Offering({"SCRAM-SHA-256"}),
                        kNonce);
  const std::string y = Base64("y,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(stripped.First()->Reveal(), "AUTH SCRAM-SHA-256 " + y + "\r\n");
  AuthExchange bound(Mechanism::kScramSha256Plus, WithPassword(), OfferingAll(), kNonce);
  const std::string p = Base64("p=tls-exporter,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(bound.First()->Reveal(), "AUTH SCRAM-SHA-256-PLUS " + p + "\r\n");
}

TEST(AuthExchange, KeepsALongInitialResponseForItsChallenge) {
  AuthExchange exchange(Mechanism::kXoauth2, WithToken(std::string(2000, 't')), {}, kNonce);
  EXPECT_EQ(exchange.First()->Reveal(), "AUTH XOAUTH2\r\n");
  const std::string response =
      "user=user\x01"
      "auth=Bearer " +
      std::string(2000, 't') + "\x01\x01";
  EXPECT_EQ((*exchange.Next(""))->Reveal(), Base64(response) + "\r\n");
  EXPECT_EQ((*exchange.Next(Base64("{\"status\":\"401\"}")))->Reveal(), "\r\n");
  EXPECT_FALSE(exchange.Next("")->has_value());
}

TEST(AuthExchange, FillsACommandToItsLimit) {
  for (size_t size = 300; size < 420; ++size) {
    AuthExchange exchange(Mechanism::kPlain, WithPassword(std::string(size, 'x')), {}, kNonce);
    const absl::StatusOr<Secret> line = exchange.First();
    ASSERT_TRUE(line.ok());
    EXPECT_LE(line->Reveal().size(), 512u);
  }
}

TEST(AuthExchange, RefusesEndlessCredentialsAndChallengesThatAreNone) {
  AuthExchange endless(Mechanism::kPlain, WithPassword(std::string(10000, 'x')), {}, kNonce);
  EXPECT_FALSE(endless.First().ok());
  AuthExchange exchange(Mechanism::kCramMd5, WithPassword(), {}, kNonce);
  ASSERT_TRUE(exchange.First().ok());
  EXPECT_EQ(exchange.Next("?").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::smtp
