// Publishing and rolling back, on a real Redis.
#include "service/api/publish.h"

#include "absl/strings/str_cat.h"
#include "service/api/template_files.h"
#include "tests/service/api/template_fixture.h"

namespace posthaste::api {
namespace {

using testing::ElementsAre;

class PublishTest : public TemplateTest {};

TEST_F(PublishTest, ChangesWhatIsSentWithoutARestart) {
  EXPECT_EQ(Sent(), "NOT_FOUND TEMPLATE_NOT_FOUND");
  ASSERT_EQ(Verdict(Publish(Welcome("One, {{name}}\n")).status), "OK");
  EXPECT_EQ(template_.name(), "welcome_ada");
  EXPECT_EQ(template_.mail_class(), v1::GENERAL);
  EXPECT_EQ(template_.revision().size(), 12u);
  EXPECT_EQ(template_.publication().size(), 32u);
  EXPECT_EQ(Sent(), "One, Ana\n");
  const std::string first = template_.revision();
  ASSERT_EQ(Verdict(Publish(Welcome("Two, {{name}}\n")).status), "OK");
  EXPECT_NE(template_.revision(), first);
  EXPECT_EQ(Sent(), "Two, Ana\n");
}

TEST_F(PublishTest, KeepsEachTenantToItself) {
  ASSERT_TRUE(Publish(Welcome()).status.ok());
  EXPECT_EQ(Sent("globex"), "NOT_FOUND TEMPLATE_NOT_FOUND");
  EXPECT_EQ(Get("welcome_ada", "globex"), "NOT_FOUND TEMPLATE_NOT_FOUND");
  EXPECT_EQ(Verdict(RollBack("", "globex").status), "NOT_FOUND PUBLICATION_NOT_FOUND");
  EXPECT_EQ(Sent(), "Hello Ana\n");
}

TEST_F(PublishTest, RefusesWhatDoesNotCompileSaysWhereAndKeepsTheLastGoodSet) {
  ASSERT_TRUE(Publish(Welcome()).status.ok());
  const auto before = Dump();
  const absl::Status status = Publish(Welcome("Hello\n{{nmae}}\n")).status;
  EXPECT_EQ(Verdict(status), "INVALID_ARGUMENT TEMPLATE_INVALID");
  EXPECT_THAT(FieldsOf(status), ElementsAre("welcome_ada/en/body.txt:2:1"));
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(Sent(), "Hello Ana\n");
}

TEST_F(PublishTest, RefusesWhatCompilesAndBreaksARule) {
  v1::PublishTemplateRequest request = Welcome();
  (*request.mutable_files())["en/body.html"] = "<p>Hello {{name}}</p>\n";
  const absl::Status status = Publish(request).status;
  EXPECT_EQ(Verdict(status), "INVALID_ARGUMENT TEMPLATE_INVALID");
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("welcome_ada/en/body.html"));
  EXPECT_EQ(Sent(), "NOT_FOUND TEMPLATE_NOT_FOUND");
}

TEST_F(PublishTest, ChangesNothingWhenItIsOnlyAsked) {
  v1::PublishTemplateRequest request = Welcome();
  request.set_validate_only(true);
  const auto before = Dump();
  ASSERT_EQ(Verdict(Publish(request).status), "OK");
  EXPECT_EQ(template_.revision().size(), 12u);
  EXPECT_EQ(template_.publication(), "");
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(Sent(), "NOT_FOUND TEMPLATE_NOT_FOUND");
}

TEST_F(PublishTest, LaysFilesOverWhatIsBuiltIn) {
  v1::PublishTemplateRequest request;
  request.set_name("password_changed");
  (*request.mutable_files())["en/subject.txt"] = "Acme: new password\n";
  ASSERT_EQ(Verdict(Publish(request).status), "OK");
  EXPECT_EQ(template_.mail_class(), v1::NOTICE);
  EXPECT_EQ(template_.files().at("en/subject.txt"), "Acme: new password\n");
  EXPECT_TRUE(template_.files().contains("de/subject.txt"));
}

TEST_F(PublishTest, TakesALayoutThatAllTemplatesGoWith) {
  v1::PublishTemplateRequest request;
  request.set_name(kLayout);
  const std::string foot = "{{! ours }}\n" + templates::BuiltIn().at("layout/en/foot.txt");
  (*request.mutable_files())["en/foot.txt"] = foot;
  const absl::Status taken = Publish(request).status;
  ASSERT_EQ(Verdict(taken), "OK") << taken;
  EXPECT_EQ(Get(kLayout), "OK");
  EXPECT_EQ(template_.files().at("en/foot.txt"), foot);
  (*request.mutable_files())["en/foot.txt"] = "{{nothing}}\n";
  EXPECT_EQ(Verdict(Publish(request).status), "INVALID_ARGUMENT TEMPLATE_INVALID");
}

TEST_F(PublishTest, RollsBackToAnEarlierOneAndToTheFolders) {
  ASSERT_TRUE(Publish(Welcome("One, {{name}}\n")).status.ok());
  const std::string first = template_.publication();
  ASSERT_TRUE(Publish(Welcome("Two, {{name}}\n")).status.ok());
  ASSERT_TRUE(Publish(Welcome("Three, {{name}}\n")).status.ok());
  ASSERT_EQ(Verdict(RollBack("").status), "OK");
  EXPECT_EQ(Sent(), "Two, Ana\n") << "the one before";
  ASSERT_EQ(Verdict(RollBack(first).status), "OK");
  EXPECT_EQ(Sent(), "One, Ana\n");
  EXPECT_EQ(template_.publication(), first);
  EXPECT_EQ(template_.publications_size(), 5);
  EXPECT_EQ(template_.publications(0).publisher(), "acme-all");
  ASSERT_EQ(Verdict(RollBack("none").status), "OK");
  EXPECT_EQ(Sent(), "NOT_FOUND TEMPLATE_NOT_FOUND");
  EXPECT_EQ(Verdict(RollBack(std::string(32, 'f')).status), "NOT_FOUND PUBLICATION_NOT_FOUND");
}

TEST_F(PublishTest, RollsTheFirstOneBackToNothing) {
  EXPECT_EQ(Verdict(RollBack("").status), "NOT_FOUND PUBLICATION_NOT_FOUND");
  ASSERT_TRUE(Publish(Welcome()).status.ok());
  ASSERT_EQ(Verdict(RollBack("").status), "OK");
  EXPECT_EQ(Sent(), "NOT_FOUND TEMPLATE_NOT_FOUND");
}

TEST_F(PublishTest, RefusesToReplaceWhatTheCallerHasNotSeen) {
  v1::PublishTemplateRequest request = Welcome("One, {{name}}\n");
  request.set_expected_publication("none");
  ASSERT_EQ(Verdict(Publish(request).status), "OK");
  const std::string first = template_.publication();
  request = Welcome("Two, {{name}}\n");
  request.set_expected_publication("none");
  EXPECT_EQ(Verdict(Publish(request).status), "ABORTED TEMPLATE_CONFLICT");
  request.set_expected_publication(first);
  EXPECT_EQ(Verdict(Publish(request).status), "OK");
}

TEST_F(PublishTest, BoundsWhatATenantMayPublish) {
  const std::string large = "# " + std::string(200'000, 'x') + "\n";
  std::string verdict = "OK";
  int published = 0;
  for (; published < 40 && verdict == "OK"; ++published) {
    v1::PublishTemplateRequest request = Welcome();
    (*request.mutable_files())["template.yaml"] += large;
    request.set_name(absl::StrCat("welcome_", published));
    verdict = Verdict(Publish(request).status);
  }
  EXPECT_EQ(verdict, "RESOURCE_EXHAUSTED TEMPLATE_LIMIT");
  EXPECT_EQ(published, 21) << "4 MiB of files";
}

TEST_F(PublishTest, NamesTheWrongField) {
  const auto wrong = [&](auto edit) {
    v1::PublishTemplateRequest request = Welcome();
    edit(request);
    return FirstWrong(Publish(request).status);
  };
  using Request = v1::PublishTemplateRequest;
  EXPECT_EQ(wrong([](Request& r) { r.set_name("../x"); }), "name FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.clear_files(); }), "files FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { (*r.mutable_files())["../x"] = ""; }), "files FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { (*r.mutable_files())["en/x"] = std::string(300'000, 'x'); }),
            "files FIELD_INVALID");
}

}  // namespace
}  // namespace posthaste::api
