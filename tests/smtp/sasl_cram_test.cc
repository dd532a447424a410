#include "smtp/sasl_cram.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

TEST(CramExchange, MatchesRfc2195) {
  CramExchange exchange("tim", Secret("tanstaaftanstaaf"));
  EXPECT_FALSE(exchange.First()->has_value());
  EXPECT_EQ((*exchange.Next("<1896.697170952@postoffice.reston.mci.net>"))->Reveal(),
            "tim b913a602c7eda7a495b4e6e7334d3890");
  EXPECT_FALSE(exchange.Next("<again>")->has_value());
}

TEST(CramExchange, SignsNothingThatIsEmpty) {
  CramExchange exchange("tim", Secret("tanstaaftanstaaf"));
  EXPECT_EQ(exchange.Next("").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::smtp
