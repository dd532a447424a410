#include "templates/engine/shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

using testing::HasSubstr;

Files Welcome(const std::string& text) {
  return {{"welcome/template.yaml", "mail_class: general\ndescription: Hello.\n"},
          {"welcome/en/subject.txt", "Hello\n"},
          {"welcome/en/body.txt", text},
          {"welcome/en/body.html", "<p>Hello</p>"}};
}

Files TextOnly(const std::string& text) { return {{"welcome/en/body.txt", text}}; }

std::string TextOf(const Shelf& shelf, const std::string& tenant) {
  const std::shared_ptr<const Catalogue> now = shelf.Now();
  return now->Find(tenant, "welcome")->Render(Value::Object({}), Value::Object({}), "", "")->text;
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(Shelf, ShowsEachTenantWhatItPublishedOverTheFolders) {
  Shelf shelf(Catalogue::Load(Welcome("built in\n")).value());
  ASSERT_TRUE(shelf.SetPublished("acme", TextOnly("published\n")).ok());
  EXPECT_EQ(TextOf(shelf, "acme"), "published\n");
  EXPECT_EQ(TextOf(shelf, "globex"), "built in\n");
  ASSERT_TRUE(shelf.SetPublished("acme", {}).ok());
  EXPECT_EQ(TextOf(shelf, "acme"), "built in\n");
}

TEST(Shelf, KeepsTheLastGoodSetWhenABadOneComes) {
  Shelf shelf(Catalogue::Load(Welcome("built in\n")).value());
  ASSERT_TRUE(shelf.SetPublished("acme", TextOnly("good\n")).ok());
  const absl::Status bad = shelf.SetPublished("acme", TextOnly("\n{{nmae}}\n"));
  EXPECT_THAT(Message(bad), HasSubstr("welcome/en/body.txt:2:1: "));
  EXPECT_EQ(TextOf(shelf, "acme"), "good\n");
  EXPECT_EQ(shelf.PublishedOf("acme"), TextOnly("good\n"));
}

TEST(Shelf, KeepsPublicationsWhenTheFoldersAreReadAgain) {
  Shelf shelf(Catalogue::Load(Welcome("one\n")).value());
  ASSERT_TRUE(shelf.SetPublished("acme", TextOnly("published\n")).ok());
  ASSERT_TRUE(shelf.SetFolders(Welcome("two\n"), {}).ok());
  EXPECT_EQ(TextOf(shelf, "acme"), "published\n");
  EXPECT_EQ(TextOf(shelf, "globex"), "two\n");
  ASSERT_TRUE(shelf.SetPublished("acme", {}).ok());
  EXPECT_EQ(TextOf(shelf, "acme"), "two\n");
}

TEST(Shelf, ReadsFoldersAllOrNothing) {
  Shelf shelf(Catalogue::Load(Welcome("one\n")).value());
  EXPECT_THAT(Message(shelf.SetFolders(Welcome("{{#open}}\n"), {})),
              HasSubstr("welcome/en/body.txt:1:"));
  EXPECT_THAT(Message(shelf.SetFolders(Welcome("two\n"), {{"acme", TextOnly("{{nmae}}")}})),
              HasSubstr("tenant acme: welcome/en/body.txt:1:1: "));
  EXPECT_EQ(TextOf(shelf, "globex"), "one\n");
  Files named = Welcome("{{name}}\n");
  named["welcome/template.yaml"] +=
      "variables:\n  name:\n    type: string\n    sample: Ana\n    required: true\n"
      "    description: Who.\n";
  ASSERT_TRUE(shelf.SetFolders(named, {}).ok());
  ASSERT_TRUE(shelf.SetPublished("acme", TextOnly("Hi {{name}}\n")).ok());
  EXPECT_THAT(Message(shelf.SetFolders(Welcome("three\n"), {})),
              HasSubstr("tenant acme: with what it published: welcome/en/body.txt:1:4: "))
      << "what a tenant published must go with the folders";
}

TEST(Shelf, TriesWithoutChangingAnything) {
  Shelf shelf(Catalogue::Load(Welcome("one\n")).value());
  const auto tried = shelf.TryPublished("acme", TextOnly("two\n"));
  ASSERT_TRUE(tried.ok());
  EXPECT_NE((*tried)->Find("acme", "welcome")->revision(),
            shelf.Now()->Find("acme", "welcome")->revision());
  EXPECT_EQ(TextOf(shelf, "acme"), "one\n");
}

TEST(Shelf, LeavesACatalogueToWhoHoldsIt) {
  Shelf shelf(Catalogue::Load(Welcome("one\n")).value());
  const std::shared_ptr<const Catalogue> held = shelf.Now();
  const Template* welcome = held->Find("acme", "welcome");
  ASSERT_TRUE(shelf.SetFolders(Welcome("two\n"), {}).ok());
  EXPECT_EQ(welcome->Render(Value::Object({}), Value::Object({}), "", "")->text, "one\n");
}

}  // namespace
}  // namespace posthaste::templates
