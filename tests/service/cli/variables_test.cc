#include "service/cli/variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::cli {
namespace {

TEST(Variables, AreTextsOrJson) {
  google::protobuf::Struct read;
  ASSERT_TRUE(ReadVariables({"name=Ana=Maria", "empty=", "count:=3", "vip:=true",
                             R"(items:=[{"title":"Tea"}])"},
                            read)
                  .ok());
  const auto& fields = read.fields();
  EXPECT_EQ(fields.at("name").string_value(), "Ana=Maria");
  EXPECT_EQ(fields.at("empty").kind_case(), google::protobuf::Value::kStringValue);
  EXPECT_EQ(fields.at("count").number_value(), 3);
  EXPECT_TRUE(fields.at("vip").bool_value());
  EXPECT_EQ(
      fields.at("items").list_value().values(0).struct_value().fields().at("title").string_value(),
      "Tea");
}

TEST(Variables, AreNamedWhenTheyAreNone) {
  google::protobuf::Struct read;
  for (const char* word : {"name", "=x", ":=1"}) {
    const absl::Status status = ReadVariables({word}, read);
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(word));
  }
  EXPECT_THAT(std::string(ReadVariables({"count:=three"}, read).message()),
              testing::HasSubstr("count"));
}

}  // namespace
}  // namespace posthaste::cli
