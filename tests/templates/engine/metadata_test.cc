#include "templates/engine/metadata.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

std::string MetadataError(std::string_view yaml) {
  const auto metadata = ParseMetadata("t.yaml", yaml);
  return metadata.ok() ? "ok" : std::string(metadata.status().message());
}

constexpr char kHead[] = "mail_class: notice\ndescription: d\nvariables:\n";

TEST(ParseMetadata, ReadsWhatATemplateDeclares) {
  const auto metadata = ParseMetadata("t.yaml", R"(mail_class: code
description: A code.
code_in_subject: true
default_locale: de
variables:
  name: {type: string, required: true, sample: Ada, description: Who.}
  seats: {type: number, sample: 3, description: How many.}
  admin: {type: bool, sample: true, description: Whether.}
  version: {type: string, sample: 1.0, description: A string that looks like a number.}
  purpose: {type: choice, choices: [sign_in], sample: sign_in, description: Why.}
  items:
    type: list
    description: What.
    fields: {title: {type: string, required: true, description: Its name.}}
    sample: [{title: One}]
)");
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->mail_class, MailClass::kCode);
  EXPECT_EQ(MailClassName(metadata->mail_class), "code");
  EXPECT_TRUE(metadata->code_in_subject);
  EXPECT_EQ(metadata->default_locale, "de");
  EXPECT_TRUE(metadata->variables.at("name").required);
  EXPECT_EQ(*metadata->variables.at("seats").sample.number(), 3);
  EXPECT_TRUE(*metadata->variables.at("admin").sample.boolean());
  EXPECT_EQ(*metadata->variables.at("version").sample.string(), "1.0");
  EXPECT_EQ(metadata->variables.at("items").sample.list()->size(), 1u);
}

TEST(ParseMetadata, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(MetadataError("mail_class: note\ndescription: d\n"),
            "t.yaml:1:1: mail_class must be code, notice or general");
  EXPECT_EQ(MetadataError("mail_class: notice\nsubject: x\n"), "t.yaml:2:1: unknown key 'subject'");
  EXPECT_EQ(MetadataError("mail_class: notice\n"), "t.yaml:1:1: no description");
  EXPECT_EQ(MetadataError("a: [\n").find("t.yaml:"), 0u);
  EXPECT_EQ(MetadataError("just text"), "t.yaml:1:1: must be a map");
  EXPECT_EQ(MetadataError("mail_class: notice\ndescription: d\ncode_in_subject: maybe\n"),
            "t.yaml:3:18: 'code_in_subject' must be true or false");
}

TEST(ParseMetadata, HoldsVariablesToTheRules) {
  const std::string head(kHead);
  EXPECT_EQ(MetadataError(head + "  Name: {type: string}\n"),
            "t.yaml:4:3: 'Name' is no name of a variable");
  EXPECT_EQ(MetadataError(head + "  code: {type: string}\n"),
            "t.yaml:4:3: 'code' is the code's place, not a variable");
  EXPECT_EQ(MetadataError(head + "  a: {type: text, description: d}\n"),
            "t.yaml:4:6: 'a' has no type that we know");
  EXPECT_EQ(MetadataError(head + "  a: {type: string, sample: x}\n"),
            "t.yaml:4:6: 'a' has no description");
  EXPECT_EQ(MetadataError(head + "  a: {type: string, description: d}\n"),
            "t.yaml:4:6: 'a' has no sample");
  EXPECT_EQ(MetadataError(head + "  a: {type: time, description: d, sample: noon}\n"),
            "t.yaml:4:43: the sample of 'a' must be a time like 2026-11-22T14:32:00Z");
  EXPECT_EQ(MetadataError(head + "  a: {type: string, choices: [x], description: d, sample: x}\n"),
            "t.yaml:4:6: 'a': a choice, and only a choice, has choices");
  EXPECT_EQ(
      MetadataError(head + "  a: {type: choice, choices: [other], description: d, sample: x}\n"),
      "t.yaml:4:31: a choice is a lower-case word other than 'other'");
  EXPECT_EQ(MetadataError(head + "  a: {type: list, description: d, sample: []}\n"),
            "t.yaml:4:6: 'a': a list, and only a list, has fields");
}

}  // namespace
}  // namespace posthaste::templates
