#include "service/api/template_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string WrongFiles(const std::string& name, const Fields::Strings& files,
                       bool required = false) {
  Fields fields;
  CheckFiles(name, files, required, fields);
  return FirstWrong(fields.Done());
}

Fields::Strings OneFile(const std::string& path, const std::string& text = "x") {
  Fields::Strings files;
  files[path] = text;
  return files;
}

TEST(TemplateFiles, TakesNamesAndPathsThatAreSafe) {
  EXPECT_EQ(WrongFiles("welcome", OneFile("en/body.html")), "");
  EXPECT_EQ(WrongFiles("layout", OneFile("head.html")), "");
  EXPECT_EQ(WrongFiles("welcome", {}), "");
  EXPECT_EQ(WrongFiles("welcome", {}, true), "files FIELD_INVALID");
  for (const char* name : {"", "Welcome", "a/b", "..", "1a"})
    EXPECT_EQ(WrongFiles(name, {}), "name FIELD_INVALID") << name;
  for (const char* path :
       {"", "/etc", "../x", "en/../x", "en//x", "en/", ".hidden", "en/.x", "a b", "a\nb", "en\\x"})
    EXPECT_EQ(WrongFiles("welcome", OneFile(path)), "files FIELD_INVALID") << path;
  EXPECT_EQ(WrongFiles("welcome", OneFile("en/body.txt", "\xFF")),
            "files[en/body.txt] FIELD_INVALID");
}

TEST(TemplateFiles, BoundsNumberAndSize) {
  Fields::Strings files;
  for (size_t i = 0; i < queue::kPublicationFilesMax; ++i) files[absl::StrCat("f", i)] = "x";
  EXPECT_EQ(WrongFiles("welcome", files), "");
  files["more"] = "x";
  EXPECT_EQ(WrongFiles("welcome", files), "files FIELD_INVALID");
  const size_t room = queue::kPublicationBytesMax - 1;
  EXPECT_EQ(WrongFiles("welcome", OneFile("f", std::string(room, 'x'))), "");
  EXPECT_EQ(WrongFiles("welcome", OneFile("f", std::string(room + 1, 'x'))), "files FIELD_INVALID");
}

TEST(TemplateFiles, GoInAndOutOfTheirFolder) {
  const queue::PublishedFiles files = {{"en/body.txt", "a"}, {"template.yaml", "b"}};
  templates::Files all = InFolder("welcome", files);
  EXPECT_THAT(all,
              ElementsAre(Pair("welcome/en/body.txt", "a"), Pair("welcome/template.yaml", "b")));
  all["welcome_back/template.yaml"] = "c";
  EXPECT_EQ(OfFolder(all, "welcome"), files);
  EXPECT_THAT(Without(all, "welcome"), ElementsAre(Pair("welcome_back/template.yaml", "c")));
}

TEST(TemplateFiles, AreTriedWithoutChangingWhatIsSent) {
  const TenantView& acme = TheWorld().tenant();
  const Candidate good =
      Try(acme, {{"greeting/en/subject.txt", "Good day {{name}}\n"}}, "greeting");
  EXPECT_TRUE(good.findings.empty());
  EXPECT_NE(good.catalogue->Find("acme", "greeting")->revision(),
            acme.shelf->Now()->Find("acme", "greeting")->revision());
  const Candidate bad = Try(acme, {{"greeting/en/body.txt", "{{nmae}}"}}, "greeting");
  EXPECT_EQ(bad.catalogue, nullptr);
  EXPECT_THAT(bad.findings, ElementsAre(templates::Finding{"compile", "greeting/en/body.txt:1:1",
                                                           "undeclared variable 'nmae'"}));
}

}  // namespace
}  // namespace posthaste::api
