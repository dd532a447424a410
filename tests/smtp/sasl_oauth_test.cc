#include "smtp/sasl_oauth.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace posthaste::smtp {
namespace {

using Form = OauthExchange::Form;

TEST(OauthExchange, MatchesRfc7628) {
  // RFC 7628 4.1 and 4.3 (with its port).
  OauthExchange exchange(Form::kOauthBearer, "user@example.com",
                         Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="), "server.example.com",
                         143);
  EXPECT_EQ(Base64((*exchange.First())->Reveal()),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcm"
            "VyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
  EXPECT_EQ((*exchange.Next(R"({"status":"invalid_token"})"))->Reveal(), "\x01");
  EXPECT_FALSE(exchange.Next("")->has_value());
}

TEST(OauthExchange, MatchesGooglesXoauth2) {
  // developers.google.com/gmail/imap/xoauth2-protocol
  OauthExchange exchange(Form::kXoauth2, "someuser@example.com",
                         Secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"), "x", 1);
  EXPECT_EQ(Base64((*exchange.First())->Reveal()),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQm"
            "hkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
  EXPECT_EQ((*exchange.Next("{}"))->Reveal(), "");
}

TEST(OauthExchange, LetsNoNameAddAField) {
  OauthExchange comma(Form::kOauthBearer, "a,b=c", Secret("t"), "h", 25);
  EXPECT_EQ((*comma.First())->Reveal().substr(0, 14), "n,a=a=2Cb=3Dc,");
  for (const Form form : {Form::kOauthBearer, Form::kXoauth2}) {
    OauthExchange control(form,
                          "a\x01"
                          "auth=Bearer x",
                          Secret("t"), "h", 25);
    EXPECT_FALSE(control.First().ok());
  }
}

TEST(BearerToken, IsPrintableAndOfSomeLength) {
  EXPECT_TRUE(IsBearerToken("ya29.a0Af_~+/=="));
  EXPECT_FALSE(IsBearerToken(""));
  EXPECT_FALSE(IsBearerToken("two words"));
  EXPECT_FALSE(IsBearerToken("line\nend"));
  EXPECT_FALSE(IsBearerToken("a\x01"));
  EXPECT_FALSE(IsBearerToken("\xc3\xbc"));
  EXPECT_TRUE(IsBearerToken(std::string(8192, 'x')));
  EXPECT_FALSE(IsBearerToken(std::string(8193, 'x')));
}

}  // namespace
}  // namespace posthaste::smtp
