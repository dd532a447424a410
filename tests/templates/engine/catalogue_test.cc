#include "templates/engine/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

using testing::ElementsAre;

Value Changed() { return Value::Object({{"change_time", "2026-11-22T14:32:00Z"}}); }

TEST(Catalogue, LoadsWhatIsBuiltIn) {
  const auto catalogue = Catalogue::Load(BuiltIn());
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  EXPECT_THAT(
      (*catalogue)->Names(),
      ElementsAre("email_changed_new", "email_changed_old", "guesses_exhausted", "mfa_changed",
                  "new_sign_in", "password_changed", "receipt", "verification_code", "welcome"));
  const Template* code = (*catalogue)->Find("any", "verification_code");
  ASSERT_NE(code, nullptr);
  EXPECT_EQ(code->mail_class(), MailClass::kCode);
  EXPECT_FALSE(code->code_in_subject());
  EXPECT_THAT(code->Locales(), ElementsAre("ar", "de", "en", "es", "fr", "ja", "pt"));
  EXPECT_EQ((*catalogue)->Find("any", "nothing"), nullptr);
}

TEST(Catalogue, OverlaysATenantsFilesPathByPath) {
  const Files own = {{"password_changed/en/subject.txt", "Acme: new password"}};
  const auto catalogue = Catalogue::Load(BuiltIn(), {{"acme", own}});
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  const Template* theirs = (*catalogue)->Find("acme", "password_changed");
  const Template* ours = (*catalogue)->Find("other", "password_changed");
  EXPECT_EQ(theirs->Render(Changed(), Value(), "en", "")->subject, "Acme: new password");
  EXPECT_EQ(theirs->Render(Changed(), Value(), "de", "")->subject,
            "Ihr Passwort bei Posthaste wurde geändert");
  EXPECT_EQ(ours->Render(Changed(), Value(), "en", "")->subject,
            "Your Posthaste password was changed");
  EXPECT_NE(theirs->revision(), ours->revision());
}

// Who had a "welcome" before we did keeps it, in the languages that it speaks.
TEST(Catalogue, LeavesATenantsOwnTemplateAloneThatHasANameOfOurs) {
  const Files own = {{"welcome/template.yaml", "mail_class: general\ndescription: Ours.\n"},
                     {"welcome/en/subject.txt", "Ours"},
                     {"welcome/en/body.txt", "Ours"},
                     {"welcome/en/body.html", "{{> head}}{{> open}}Ours{{> close}}"}};
  const auto catalogue = Catalogue::Load(BuiltIn(), {{"acme", own}});
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  EXPECT_THAT((*catalogue)->Find("acme", "welcome")->Locales(), ElementsAre("en"));
  EXPECT_EQ((*catalogue)->Find("other", "welcome")->Locales().size(), 7u);
}

TEST(Catalogue, NamesTheTenantAndThePlaceOfABrokenFile) {
  const Files own = {{"layout/en/foot.html", "x\n{{#nothing}}{{/nothing}}"}};
  const auto catalogue = Catalogue::Load(BuiltIn(), {{"acme", own}});
  EXPECT_EQ(catalogue.status().message(),
            "tenant acme: layout/en/foot.html:2:1: undeclared variable 'nothing'");
}

TEST(Catalogue, RefusesFilesThatBelongNowhere) {
  Files files = BuiltIn();
  files["README.md"] = "x";
  EXPECT_EQ(
      std::string(Catalogue::Load(files).status().message()).find("README.md: not expected here"),
      0u);
  files.erase("README.md");
  files["Welcome/template.yaml"] = "x";
  EXPECT_EQ(std::string(Catalogue::Load(files).status().message())
                .find("Welcome/template.yaml: not expected here"),
            0u);
  files.erase("Welcome/template.yaml");
  files["farewell/en/subject.txt"] = "x";
  EXPECT_EQ(Catalogue::Load(files).status().message(), "farewell/template.yaml is missing");
}

}  // namespace
}  // namespace posthaste::templates
