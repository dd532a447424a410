#include "smtp/sasl_plain.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

TEST(PlainExchange, SaysAllAtOnce) {
  // RFC 4616 4, without the optional authorization identity.
  PlainExchange exchange("tim", Secret("tanstaaftanstaaf"));
  EXPECT_EQ((*exchange.First())->Reveal(), std::string("\0tim\0tanstaaftanstaaf", 21));
  EXPECT_FALSE(exchange.Next("")->has_value());
  EXPECT_TRUE(exchange.Finish().ok());
}

TEST(PlainExchange, RefusesNul) {
  EXPECT_FALSE(PlainExchange(std::string("a\0b", 3), Secret("x")).First().ok());
  EXPECT_FALSE(PlainExchange("a", Secret(std::string("a\0b", 3))).First().ok());
}

TEST(LoginExchange, SaysNameThenPasswordThenNothing) {
  LoginExchange exchange("app", Secret("s3cret"));
  EXPECT_FALSE(exchange.First()->has_value());
  EXPECT_EQ((*exchange.Next("Username:"))->Reveal(), "app");
  EXPECT_EQ((*exchange.Next("whatever"))->Reveal(), "s3cret");
  EXPECT_FALSE(exchange.Next("")->has_value());
}

}  // namespace
}  // namespace posthaste::smtp
