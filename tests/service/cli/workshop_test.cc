#include "service/cli/workshop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using testing::HasSubstr;

class WorkshopTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const templates::Files& files) {
    for (const auto& [path, bytes] : files) {
      const std::filesystem::path file = std::filesystem::path(dir_.path()) / name / path;
      std::filesystem::create_directories(file.parent_path());
      dir_.Write((std::filesystem::path(name) / path).string(), bytes);
    }
    return dir_.path() + "/" + name;
  }

  TempDir dir_;
};

TEST_F(WorkshopTest, MakesANewTemplateThatLintsCleanAndRenders) {
  for (const char* mail_class : {"notice", "general"}) {
    const std::string folder = Write("welcome_back", Scaffold("welcome_back", mail_class).value());
    const Worked worked = Work(ReadWorkpiece(folder).value());
    EXPECT_TRUE(worked.findings.empty());
    ASSERT_NE(worked.mail, nullptr);
    EXPECT_EQ(templates::MailClassName(worked.mail->mail_class()), mail_class);
    const absl::StatusOr<Sample> sample =
        MakeSample(*worked.mail, templates::Value::Object({}), "");
    ASSERT_TRUE(sample.ok()) << sample.status();
    EXPECT_THAT(sample->text, HasSubstr("Example Ltd"));
    EXPECT_THAT(sample->html, HasSubstr("<h1"));
    EXPECT_THAT(sample->eml, HasSubstr("\r\nMIME-Version: 1.0\r\n"));
  }
  EXPECT_FALSE(Scaffold("Welcome", "notice").ok());
  EXPECT_FALSE(Scaffold("hello_ada", "code").ok());
}

TEST_F(WorkshopTest, SaysWhereATemplateDoesNotCompile) {
  templates::Files files = Scaffold("hello_ada", "general").value();
  files["en/body.txt"] = "Hello {{nmae}}\n";
  const Worked worked = Work(ReadWorkpiece(Write("hello_ada", files)).value());
  EXPECT_EQ(worked.mail, nullptr);
  ASSERT_EQ(worked.findings.size(), 1u);
  EXPECT_EQ(worked.findings[0].place, "hello_ada/en/body.txt:1:7");
}

TEST_F(WorkshopTest, LaysTheFolderAndItsNeighbouringLayoutOverWhatIsBuiltIn) {
  Write("layout", {{"en/foot.txt", "-- \nA foot of ours\n"}});
  const std::string folder = Write("password_changed", {{"en/subject.txt", "Ours\n"}});
  const Worked worked = Work(ReadWorkpiece(folder).value());
  ASSERT_NE(worked.mail, nullptr);
  const Sample sample = MakeSample(*worked.mail, templates::Value::Object({}), "en").value();
  EXPECT_EQ(sample.subject, "Ours");
  EXPECT_THAT(sample.text, HasSubstr("A foot of ours"));
  EXPECT_EQ(ReadWorkpiece(folder)->files.size(), 1u);
}

TEST_F(WorkshopTest, PutsAWordInPlaceOfASample) {
  const std::string folder = Write("hello_ada", Scaffold("hello_ada", "general").value());
  const Worked worked = Work(ReadWorkpiece(folder).value());
  const templates::Value bea = templates::Value::Object({{"first_name", "Bea"}});
  EXPECT_THAT(MakeSample(*worked.mail, bea, "")->text, HasSubstr("Hello Bea,"));
  const templates::Value wrong = templates::Value::Object({{"nothing", "x"}});
  EXPECT_THAT(std::string(MakeSample(*worked.mail, wrong, "").status().message()),
              HasSubstr("nothing"));
}

TEST_F(WorkshopTest, SaysThatThereIsNoSuchFolder) {
  EXPECT_EQ(ReadWorkpiece(dir_.path() + "/nothing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadWorkpiece(Write("Welcome", {{"template.yaml", "x"}})).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::cli
