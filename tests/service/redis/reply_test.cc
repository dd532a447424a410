#include "service/redis/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Reply, GivesWhatItHolds) {
  EXPECT_TRUE(Reply().IsNil());
  EXPECT_EQ(*Reply::OfInteger(-7).Integer(), -7);
  const Reply text = Reply::OfString(std::string("a\0b", 3));
  EXPECT_EQ(*text.Text(), std::string_view("a\0b", 3));
  EXPECT_EQ(*Reply::OfStatus("OK").Text(), "OK");
  EXPECT_TRUE(Reply::OfStatus("OK").Ok().ok());
  EXPECT_EQ(*Reply::OfString("x").TakeText(), "x");
  std::vector<Reply> two = {Reply::OfInteger(1), Reply()};
  Reply array = Reply::OfArray(two);
  EXPECT_EQ(**array.Array(), two);
  EXPECT_EQ(*array.TakeArray(), two);
}

TEST(Reply, TellsAbsentFromEmpty) {
  EXPECT_EQ(*Reply().TakeTextOrNil(), std::nullopt);
  EXPECT_EQ(*Reply::OfString("").TakeTextOrNil(), std::optional<std::string>(""));
  EXPECT_FALSE(Reply::OfInteger(1).TakeTextOrNil().ok());
}

TEST(Reply, NamesBothKindsWhenTheyDiffer) {
  const absl::Status status = Reply::OfString("secret").Integer().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(), "redis answered string where integer was expected");
  EXPECT_FALSE(Reply().Text().ok());
  EXPECT_FALSE(Reply().TakeText().ok());
  EXPECT_FALSE(Reply().Array().ok());
  EXPECT_FALSE(Reply().TakeArray().ok());
  EXPECT_FALSE(Reply().Ok().ok());
}

TEST(Reply, KnowsAnErrorByItsFirstWord) {
  const Reply error = Reply::OfError("NOSCRIPT No matching script.");
  EXPECT_TRUE(error.IsError());
  EXPECT_TRUE(error.IsError("NOSCRIPT"));
  EXPECT_FALSE(error.IsError("NOSCRIP"));
  EXPECT_FALSE(Reply::OfString("NOSCRIPT x").IsError("NOSCRIPT"));
}

TEST(Reply, TurnsAnErrorIntoTheStatusThatFits) {
  const std::pair<const char*, absl::StatusCode> cases[] = {
      {"OOM command not allowed", absl::StatusCode::kResourceExhausted},
      {"LOADING Redis is loading", absl::StatusCode::kUnavailable},
      {"READONLY You can't write", absl::StatusCode::kUnavailable},
      {"MISCONF Errors writing to the AOF", absl::StatusCode::kUnavailable},
      {"NOAUTH Authentication required.", absl::StatusCode::kPermissionDenied},
      {"WRONGPASS invalid", absl::StatusCode::kPermissionDenied},
      {"NOPERM this user", absl::StatusCode::kPermissionDenied},
      {"WRONGTYPE Operation", absl::StatusCode::kInternal},
      {"ERR", absl::StatusCode::kInternal},
  };
  for (const auto& [text, code] : cases) {
    EXPECT_EQ(Reply::OfError(text).ErrorStatus().code(), code) << text;
    EXPECT_EQ(Reply::OfError(text).Integer().status().code(), code) << text;
    EXPECT_THAT(std::string(Reply::OfError(text).ErrorStatus().message()), HasSubstr(text));
  }
}

TEST(Reply, CutsOffArgumentsThatRedisQuotes) {
  const Reply error =
      Reply::OfError("ERR unknown command 'SEND', with args beginning with: 'anna@example.test' ");
  const std::string message(error.ErrorStatus().message());
  EXPECT_THAT(message, Not(HasSubstr("anna")));
  EXPECT_THAT(message, HasSubstr("unknown command 'SEND'"));
}

TEST(Reply, HasAWordForEachKind) {
  EXPECT_EQ(KindName(Reply().kind()), "nil");
  EXPECT_EQ(KindName(Reply::OfInteger(1).kind()), "integer");
  EXPECT_EQ(KindName(Reply::OfString("").kind()), "string");
  EXPECT_EQ(KindName(Reply::OfStatus("").kind()), "status");
  EXPECT_EQ(KindName(Reply::OfError("").kind()), "error");
  EXPECT_EQ(KindName(Reply::OfArray({}).kind()), "array");
}

}  // namespace
}  // namespace posthaste::redis
