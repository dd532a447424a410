#include "base/json.h"

#include <gtest/gtest.h>

namespace posthaste {
namespace {

std::string Json(std::string_view text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

TEST(Json, QuotesAndEscapes) {
  EXPECT_EQ(Json("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(Json(std::string_view("\n\0\x7F", 3)), R"("\u000a\u0000\u007f")");
}

TEST(Json, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(Json("Zürich"), "\"Zürich\"");
  EXPECT_EQ(Json("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
}

}  // namespace
}  // namespace posthaste
