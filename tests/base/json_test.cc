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

TEST(Json, BuildsAnObjectInTheOrderOfItsFields) {
  JsonObject object;
  EXPECT_EQ(object.Done(), "{}");
  object.Text("name", "a\"b").Number("count", -3).Real("share", 0.25).Flag("good", true);
  object.Raw("list", JsonArray({"1", "{}"})).Real("none", 1.0 / 0.0).Raw("empty", JsonArray({}));
  EXPECT_EQ(
      object.Done(),
      R"({"name":"a\"b","count":-3,"share":0.25,"good":true,"list":[1,{}],"none":null,"empty":[]})");
}

}  // namespace
}  // namespace posthaste
