#include "service/config/yaml.h"

#include <gtest/gtest.h>

namespace posthaste::config {
namespace {

TEST(Yaml, ReadsPlainScalarsByTheirLooksAndQuotedOnesAsText) {
  EXPECT_EQ(*YamlToJson("a: 1\nb: '1'\nc: true\nd: \"true\"\ne: 2.5\nf: text\ng:\nh: 600s\n"),
            R"({"a":1,"b":"1","c":true,"d":"true","e":2.5,"f":"text","g":null,"h":"600s"})");
}

TEST(Yaml, ReadsAnEmptyTextAsNoSettings) { EXPECT_EQ(*YamlToJson(""), "{}"); }

TEST(Yaml, RefusesAnythingButSettingsAtTheTop) { EXPECT_FALSE(YamlToJson("- a\n").ok()); }

TEST(Yaml, TellsLineAndColumnOfAMistake) {
  EXPECT_EQ(YamlToJson("a: 1\nb: [").status().message().substr(0, 4), "line");
}

}  // namespace
}  // namespace posthaste::config
