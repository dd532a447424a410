#include "smtp/mime.h"

#include <gtest/gtest.h>

#include "tests/smtp/message_support.h"

namespace posthaste::smtp {
namespace {

std::string Body(const Message& message) {
  std::string out;
  const absl::Status status = AppendBody(out, message);
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

std::string FileNameOf(std::string name) {
  Message message;
  message.attachments.push_back({std::move(name), "application/pdf", "x"});
  const std::string body = Body(message);
  const size_t begin = body.find("attachment;");
  return body.substr(begin, body.find("\r\n\r\n", begin) - begin);
}

TEST(Boundary, IsTheSameEachTimeAndDiffersByMessageAndLevel) {
  const std::string boundary = BoundaryFor("a@b", 'a', {});
  EXPECT_EQ(boundary, BoundaryFor("a@b", 'a', {}));
  EXPECT_NE(boundary, BoundaryFor("a@c", 'a', {}));
  EXPECT_NE(boundary, BoundaryFor("a@b", 'm', {}));
  EXPECT_EQ(boundary.size(), BoundaryFor("a@b", 'm', {}).size()) << "none is a prefix of another";
}

TEST(Boundary, GivesWayToATextThatHasIt) {
  Message message;
  message.message_id = "a@b";
  const std::string first = BoundaryFor(message.message_id, 'a', {});
  const std::string second = BoundaryFor(message.message_id, 'a', {first});
  ASSERT_NE(first, second);
  message.text = "--" + first + "--\n--" + second;
  message.html = "<p>";
  const std::string body = Body(message);
  const std::string third = BoundaryFor(message.message_id, 'a', {message.text});
  EXPECT_NE(third, second);
  EXPECT_NE(body.find("\r\n--" + third + "--\r\n"), std::string::npos) << body;
}

TEST(Body, IsOnePartWhenThereIsOneText) {
  Message message;
  message.text = "hello";
  EXPECT_EQ(Body(message),
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\nhello\r\n");
  message.html = message.text;
  message.text.clear();
  EXPECT_EQ(Body(message),
            "Content-Type: text/html; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\nhello\r\n");
}

TEST(Body, RefusesTextThatIsNotUtf8AndNamesIt) {
  Message message;
  message.text = "ok";
  message.html = "\xFF";
  std::string out;
  EXPECT_EQ(AppendBody(out, message).message(), "html is not UTF-8");
  message.html.clear();
  message.text = std::string("a\0b", 3);
  EXPECT_EQ(AppendBody(out, message).message(), "text has a NUL");
}

TEST(FileName, IsQuotedWhenItIsPlain) {
  EXPECT_EQ(FileNameOf("bill (2).pdf"), "attachment;\r\n filename=\"bill (2).pdf\"");
}

TEST(FileName, IsWrittenAsRfc2231Otherwise) {
  EXPECT_EQ(FileNameOf("Übersicht \"x\".pdf"),
            "attachment;\r\n filename*0*=UTF-8''%C3%9Cbersicht%20%22x%22.pdf");
}

TEST(FileName, HasAFallbackInAsciiForProgramsThatKnowNoOther) {
  const auto named = [](const std::string& name) {
    Message message;
    message.attachments.push_back({name, "application/pdf", "x"});
    const std::string body = Body(message);
    const size_t begin = body.find("Content-Type: application/pdf");
    return body.substr(begin, body.find("\r\nContent-Transfer", begin) - begin);
  };
  EXPECT_EQ(named("bill (2).pdf"), "Content-Type: application/pdf") << "it needs none";
  EXPECT_EQ(named("Übersicht \"x\".pdf"),
            "Content-Type: application/pdf;\r\n name=\"_bersicht_x_.pdf\"");
  EXPECT_EQ(named("請求書.pdf"), "Content-Type: application/pdf;\r\n name=\"_.pdf\"");
  EXPECT_EQ(named("請求書"), "Content-Type: application/pdf") << "nothing is left of it";
  EXPECT_EQ(named(std::string(80, 'a') + ".pdf"),
            "Content-Type: application/pdf;\r\n name=\"" + std::string(56, 'a') + ".pdf\"");
}

TEST(FileName, IsContinuedInWholeCharacters) {
  std::string name;
  for (int i = 0; i < 40; ++i) name += "語";
  const std::string field = FileNameOf(name);
  EXPECT_NE(field.find("\r\n filename*1*=%E8%AA%9E"), std::string::npos) << field;
  const auto lines = CrLfLines(field + "\r\n");
  ASSERT_TRUE(lines.has_value());
  for (const std::string& line : *lines) EXPECT_LE(line.size(), 78U);
}

TEST(Attachments, AreShownBesideTheHtmlThatNamesThem) {
  Message message;
  message.message_id = "a@b";
  message.text = "t";
  message.html = "<img src=\"cid:logo\">";
  message.attachments = {{"bill.pdf", "application/pdf", "x"},
                         {"logo.png", "image/png", "y", "logo"}};
  const std::string body = Body(message);
  const auto at = [&body](const char* text) { return body.find(text); };
  EXPECT_EQ(at("Content-Type: multipart/mixed"), 0u);
  EXPECT_LT(at("multipart/alternative"), at("text/plain"));
  EXPECT_LT(at("text/plain"), at("multipart/related; type=\"text/html\""));
  EXPECT_LT(at("multipart/related"), at("text/html; charset"));
  EXPECT_LT(at("text/html; charset"), at("image/png"));
  EXPECT_LT(at("image/png"), at("application/pdf"));
  EXPECT_NE(at("Content-ID: <logo>\r\nContent-Disposition: inline;\r\n filename=\"logo.png\""),
            std::string::npos)
      << body;
  message.attachments.push_back({"b.png", "image/png", "z", "logo"});
  std::string out;
  EXPECT_EQ(AppendBody(out, message).message(), "attachments[1].content_id is there twice");
}

// A caller who attaches all that he may need not know of the sender's logo.
TEST(Attachments, LeaveRoomForALogo) {
  Message message;
  message.message_id = "a@b";
  message.html = "<img src=\"cid:logo\">";
  message.attachments = {{"logo.png", "image/png", std::string(kLogoBytesMax, 'x'), "logo"},
                         {"a", "a/b", std::string(kAttachmentsBytesMax, 'x')}};
  std::string out;
  EXPECT_TRUE(AppendBody(out, message).ok());
}

TEST(Attachments, AreRefusedWhenTheyAreNotData) {
  struct Case {
    Attachment attachment;
    const char* error;
  };
  const Case cases[] = {
      {{"", "a/b", ""}, "attachments[0].file_name is empty"},
      {{"a\r\nb", "a/b", ""}, "attachments[0].file_name has a control character"},
      {{"../a", "a/b", ""}, "attachments[0].file_name has a slash"},
      {{"a", "text", ""}, "attachments[0].media_type is not type/subtype"},
      {{"a", "text/x\r\nBcc:", ""}, "attachments[0].media_type is not type/subtype"},
      {{"a", "text/plain; x=y", ""}, "attachments[0].media_type is not type/subtype"},
      {{"a", "Message/rfc822", ""}, "attachments[0].media_type is a type of entities, not of data"},
      {{"a", "a/b", "", "logo"}, "attachments[0].content_id has no HTML to be shown in"},
      {{"a", "a/b", "", "a>\r\nBcc"},
       "attachments[0].content_id is not made of at most 64 letters, digits, '.', '_' and '-'"},
      {{"a", "a/b", std::string(kAttachmentsBytesMax + kLogoBytesMax + 1, 'x')},
       "attachments are larger than 512 KiB and a logo together"},
  };
  for (const Case& bad : cases) {
    Message message;
    message.attachments.push_back(bad.attachment);
    std::string out;
    EXPECT_EQ(AppendBody(out, message).message(), bad.error);
  }
}

}  // namespace
}  // namespace posthaste::smtp
