#include "templates/engine/finding.h"

#include <gtest/gtest.h>

#include "templates/engine/catalogue.h"

namespace posthaste::templates {
namespace {

TEST(Finding, KnowsThePlaceInAnErrorOfTheCompiler) {
  Files files = {{"welcome/template.yaml", "mail_class: general\ndescription: Hello.\n"},
                 {"welcome/en/subject.txt", "Hello\n"},
                 {"welcome/en/body.txt", "Hello\n{{nmae}}\n"},
                 {"welcome/en/body.html", "<p>Hello</p>"}};
  const Finding finding = CompileFinding(Catalogue::Load(files).status());
  EXPECT_EQ(finding.rule, "compile");
  EXPECT_EQ(finding.place, "welcome/en/body.txt:2:1");
  EXPECT_EQ(finding.message, "undeclared variable 'nmae'");
}

TEST(Finding, HasNoPlaceWhereTheErrorHasNone) {
  const Finding finding =
      CompileFinding(absl::InvalidArgumentError("welcome/en/body.txt is missing"));
  EXPECT_EQ(finding.place, "");
  EXPECT_EQ(finding.message, "welcome/en/body.txt is missing");
  EXPECT_EQ(CompileFinding(absl::InvalidArgumentError("a b/c: d")).place, "");
}

}  // namespace
}  // namespace posthaste::templates
