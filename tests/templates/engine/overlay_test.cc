#include "templates/engine/overlay.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

const Files kUnder = {{"layout/head.html", "head"},      {"hello/template.yaml", "yaml"},
                      {"hello/en/subject.txt", "Hello"}, {"hello/en/body.txt", "text"},
                      {"hello/en/body.html", "html"},    {"hello/ar/subject.txt", "مرحبًا"},
                      {"hello/ar/body.txt", "نص"},       {"hello/ar/body.html", "نص"}};

TEST(Overlaid, ChangesOneFileAndKeepsTheRest) {
  Files expected = kUnder;
  expected["hello/en/subject.txt"] = "Good day";
  EXPECT_EQ(Overlaid({{"hello/en/subject.txt", "Good day"}}, kUnder), expected);
}

TEST(Overlaid, KeepsTheTextsUnderAnotherDescription) {
  Files expected = kUnder;
  expected["hello/template.yaml"] = "other";
  expected["hello/en/subject.txt"] = "Good day";
  EXPECT_EQ(
      Overlaid({{"hello/template.yaml", "other"}, {"hello/en/subject.txt", "Good day"}}, kUnder),
      expected);
}

TEST(Overlaid, LeavesNothingOfATemplateThatIsBroughtWhole) {
  const Files own = {{"hello/template.yaml", "own"},
                     {"hello/de/subject.txt", "Hallo"},
                     {"hello/de/body.txt", "Text"},
                     {"hello/de/body.html", "HTML"}};
  Files expected = own;
  expected["layout/head.html"] = "head";
  EXPECT_EQ(Overlaid(own, kUnder), expected);
}

TEST(Overlaid, TellsNamesApartThatBeginAlike) {
  const Files own = {{"hello_ada/template.yaml", "own"},
                     {"hello_ada/en/subject.txt", "Hello"},
                     {"hello_ada/en/body.txt", "text"},
                     {"hello_ada/en/body.html", "html"}};
  EXPECT_EQ(Overlaid(own, kUnder).size(), own.size() + kUnder.size());
}

}  // namespace
}  // namespace posthaste::templates
