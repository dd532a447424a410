#include "templates/engine/css.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

TEST(ReadDeclarations, KnowsWhatIsImportant) {
  Declarations read = ReadDeclarations(" Color : #FFF !important ; margin:0;;junk");
  EXPECT_EQ(read.size(), 2u);
  EXPECT_EQ(read["color"].text, "#ffffff");
  EXPECT_TRUE(read["color"].important);
  EXPECT_FALSE(read["margin"].important);
}

TEST(ReadDeclarations, ReadsTheShorthandsOfMail) {
  Declarations read = ReadDeclarations("background:#f3f4f6 none;font:600 34px/44px monospace");
  EXPECT_EQ(read["background-color"].text, "#f3f4f6");
  EXPECT_EQ(read["font-size"].text, "34px");
}

TEST(ReadDeclarations, LeavesOutWhatIsHandedDown) {
  EXPECT_TRUE(ReadDeclarations("color:inherit;background:transparent").empty());
  EXPECT_TRUE(ReadDeclarations("background:url(x.png)").empty());
  EXPECT_EQ(ReadDeclarations("color:tomato")["color"].text, "tomato");
}

TEST(ReadRules, TellsDarkFromLight) {
  Rules rules = ReadRules(
      ":root{color-scheme:light dark}.t{color:#111111}@media (prefers-color-scheme: dark){.t,.u{"
      "color:#eeeeee!important}}@media (max-width:480px){.t{color:#ff0000}}.t a{color:#00ff00}");
  EXPECT_EQ(rules.light["t"]["color"].text, "#111111");
  EXPECT_EQ(rules.dark["t"]["color"].text, "#eeeeee");
  EXPECT_EQ(rules.dark["u"]["color"].text, "#eeeeee");
  EXPECT_EQ(rules.light.size(), 1u);
}

TEST(ReadRules, EndsWhereTheSheetDoes) {
  EXPECT_TRUE(ReadRules("@media (prefers-color-scheme:dark){.t{color:#fff").dark.contains("t"));
  EXPECT_TRUE(ReadRules("}}}").light.empty());
}

}  // namespace
}  // namespace posthaste::templates
