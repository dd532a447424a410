#include "smtp/auth.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

Capabilities Offering(std::vector<std::string> mechanisms) {
  Capabilities capabilities;
  capabilities.auth = std::move(mechanisms);
  return capabilities;
}

TEST(Mechanism, IsPlainBeforeLogin) {
  EXPECT_EQ(ChooseMechanism(Offering({"LOGIN", "PLAIN"})), Mechanism::kPlain);
  EXPECT_EQ(ChooseMechanism(Offering({"CRAM-MD5", "LOGIN"})), Mechanism::kLogin);
  EXPECT_EQ(ChooseMechanism(Offering({"XOAUTH2"})), Mechanism::kNone);
  EXPECT_EQ(ChooseMechanism(Offering({})), Mechanism::kNone);
  EXPECT_EQ(MechanismName(Mechanism::kPlain), "PLAIN");
  EXPECT_EQ(MechanismName(Mechanism::kLogin), "LOGIN");
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

TEST(AuthPlain, SaysAllAtOnce) {
  // RFC 4954 4.1, example.
  AuthExchange exchange(Mechanism::kPlain, "test", Secret("1234"));
  const absl::StatusOr<Secret> first = exchange.First();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->Reveal(), "AUTH PLAIN AHRlc3QAMTIzNA==\r\n");
  const auto next = exchange.Next();
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->has_value());
}

TEST(AuthPlain, RefusesNulAndEndlessCredentials) {
  EXPECT_FALSE(AuthExchange(Mechanism::kPlain, std::string("a\0b", 3), Secret("x")).First().ok());
  EXPECT_FALSE(AuthExchange(Mechanism::kPlain, "a", Secret(std::string("a\0b", 3))).First().ok());
  EXPECT_FALSE(AuthExchange(Mechanism::kPlain, "a", Secret(std::string(10000, 'x'))).First().ok());
}

TEST(AuthLogin, SaysNameThenPasswordThenNothing) {
  AuthExchange exchange(Mechanism::kLogin, "app", Secret("s3cret"));
  EXPECT_EQ(exchange.First()->Reveal(), "AUTH LOGIN\r\n");
  EXPECT_EQ((*exchange.Next())->Reveal(), "YXBw\r\n");
  EXPECT_EQ((*exchange.Next())->Reveal(), "czNjcmV0\r\n");
  EXPECT_FALSE(exchange.Next()->has_value());
}

}  // namespace
}  // namespace posthaste::smtp
