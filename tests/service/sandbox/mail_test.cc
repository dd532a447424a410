#include "service/sandbox/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;

Mail Golden(const std::string& name) {
  return ParseMail(ReadFile(PH_SOURCE_DIR "/tests/golden/messages/" + name));
}

TEST(ParseMail, ReadsTheComposersVerificationMail) {
  const Mail mail = Golden("verification.eml");
  EXPECT_EQ(mail.Header("subject"), "Your verification code");
  EXPECT_EQ(mail.Header("To"), "Zo\xC3\xAB M\xC3\xBCller <zoe@example.test>");
  EXPECT_EQ(mail.Header("X-Nothing"), "");
  EXPECT_THAT(mail.text, HasSubstr("Your code is\n\n123 456\n"));
  EXPECT_THAT(mail.html, HasSubstr("valid until 14:32 UTC</td>"));
  EXPECT_THAT(mail.html, HasSubstr("color:#111\""));
  EXPECT_EQ(CodeIn(mail), "123456");
}

TEST(ParseMail, ReadsAPlainMail) {
  const Mail mail = Golden("text_only.eml");
  EXPECT_THAT(mail.text, HasSubstr("We will never ask"));
  EXPECT_EQ(mail.html, "");
  EXPECT_EQ(CodeIn(mail), "123456");
}

TEST(ParseMail, FindsTheTextBelowAttachmentsAndEncodings) {
  const Mail mail = Golden("everything.eml");
  EXPECT_EQ(mail.Header("From"), "\"Beispiel GmbH & Co. KG\" <no-reply@example.test>");
  EXPECT_THAT(mail.Header("To"), HasSubstr("\xE6\xA0\xAA\xE5\xBC\x8F"));
  EXPECT_EQ(mail.Header("X-Label"),
            "a label that is long enough to be folded at one of its spaces, which is here");
  EXPECT_THAT(mail.text, HasSubstr("123 456\n"));
  EXPECT_EQ(mail.html, "<p dir=\"rtl\">123 456</p>\n");
  EXPECT_EQ(CodeIn(mail), "123456");
}

TEST(ParseMail, NamesWhatIsAttached) {
  const Mail mail = Golden("everything.eml");
  ASSERT_EQ(mail.parts.size(), 2u);
  EXPECT_EQ(mail.parts[0].name, "invoice.pdf");
  EXPECT_EQ(mail.parts[0].type, "application/pdf");
  EXPECT_EQ(mail.parts[0].bytes, 9u);
  EXPECT_FALSE(mail.parts[0].shown);
  EXPECT_THAT(mail.parts[1].name, testing::StartsWith("Rechnung für März – 領"));
  EXPECT_EQ(mail.parts[1].type, "text/csv");
  const Mail odd = ParseMail(
      "Content-Type: image/png\nContent-Disposition: inline; filename*0*=UTF-8''a%2\n\nxy");
  ASSERT_EQ(odd.parts.size(), 1u);
  EXPECT_EQ(odd.parts[0].name, "a%2");
  EXPECT_EQ(odd.parts[0].bytes, 2u);
  EXPECT_TRUE(odd.parts[0].shown);
}

TEST(ParseMail, KeepsOfThePartsWhatTheHtmlShows) {
  const auto part = [](const std::string& disposition, const std::string& id) {
    return ParseMail("Content-Type: image/png\nContent-ID: " + id +
                     "\nContent-Disposition: " + disposition + "\n\nxy")
        .parts.at(0);
  };
  EXPECT_EQ(part("inline", "<logo>").content_id, "logo");
  EXPECT_EQ(part("inline", "<logo>").content, "xy");
  EXPECT_EQ(part("attachment", "<logo>").content, "");
  for (const char* id : {"logo", "<>", "<lo\"go>", "<a b>", ""})
    EXPECT_EQ(part("inline", id).content_id, "") << id;
}

TEST(ParseMail, SurvivesWhatIsNoMail) {
  EXPECT_EQ(ParseMail("").text, "");
  EXPECT_EQ(ParseMail("no colon\n\nbody").text, "body");
  std::string nested = "body";
  for (int i = 0; i < 20; ++i) {
    nested = "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + nested + "\n--b--\n";
  }
  EXPECT_EQ(ParseMail(nested).text, "");
}

Mail WithText(const std::string& text) {
  Mail mail;
  mail.text = text;
  return mail;
}

TEST(CodeIn, PrefersTheAutofillLine) {
  EXPECT_EQ(CodeIn(WithText("111 222\n\n@example.test #Ab12cd\n")), "Ab12cd");
}

TEST(CodeIn, TakesALineThatIsNothingButACode) {
  EXPECT_EQ(CodeIn(WithText("Your code:\r\n  1234-5678  \r\n")), "12345678");
}

TEST(CodeIn, TakesNoWordsAndNoSentences) {
  EXPECT_EQ(CodeIn(WithText("Hello\nCall 123456 now\n123\n@home #\n")), std::nullopt);
}

}  // namespace
}  // namespace posthaste::sandbox
