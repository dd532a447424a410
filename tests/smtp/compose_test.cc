#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "smtp/message.h"
#include "tests/smtp/message_support.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

void ExpectGolden(const std::string& name, const Message& message) {
  const auto composed = Compose(message);
  ASSERT_TRUE(composed.ok()) << composed.status();
  const std::string path = PH_SOURCE_DIR "/tests/golden/messages/" + name + ".eml";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << *composed;
  }
  EXPECT_EQ(*composed, ReadFile(path)) << "UPDATE_GOLDEN=1 rewrites " << path;
}

TEST(Compose, WritesAVerificationMailAsRecorded) { ExpectGolden("verification", SampleMessage()); }

TEST(Compose, WritesTextAloneAsRecorded) {
  Message message = SampleMessage();
  message.html.clear();
  message.to = {"", "zoe@example.test"};
  ExpectGolden("text_only", message);
}

TEST(Compose, WritesEverythingAsRecorded) {
  Message message = SampleMessage();
  message.from.name = "Beispiel GmbH & Co. KG";
  message.to = {"株式会社ポストヘイスト 配信部 田中太郎様", "dörte@bücher.example"};
  message.reply_to = {"Support, Example", "support@example.test"};
  message.subject = "رمز التحقق الخاص بك هو جاهز الآن ويمكنك استخدامه لمدة عشر دقائق فقط";
  message.content_language = "ar";
  message.text = "رمز التحقق الخاص بك\r\n\r\n123 456\r\n";
  message.html = "<p dir=\"rtl\">123 456</p>\n";
  message.list_unsubscribe = "https://example.test/u?t=0123456789";
  message.extra = {{"X-Label",
                    "a label that is long enough to be folded at one of its spaces, "
                    "which is here"}};
  message.attachments = {{"invoice.pdf", "application/pdf", "%PDF-1.7\n"},
                         {"Rechnung für März – 領収書.csv", "text/csv", "a;b\n1;2\n"}};
  ExpectGolden("everything", message);
}

TEST(Compose, WritesTheSameBytesOnEveryAttempt) {
  MessageMaker maker(3);
  for (int i = 0; i < 50; ++i) {
    const Message message = maker.Make();
    const auto first = Compose(message);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(*first, *Compose(message));
  }
}

TEST(Compose, HasNoLineOver998AndOnlyCrLf) {
  MessageMaker maker(5);
  for (int i = 0; i < 500; ++i) {
    const auto composed = Compose(maker.Make());
    ASSERT_TRUE(composed.ok());
    const auto lines = CrLfLines(*composed);
    ASSERT_TRUE(lines.has_value());
    for (const std::string& line : *lines) EXPECT_LE(line.size(), 998U);
  }
}

struct Field {
  const char* name;
  std::function<std::string&(Message&)> value;
};

const Field kFields[] = {
    {"from.name", [](Message& m) -> std::string& { return m.from.name; }},
    {"from.mailbox", [](Message& m) -> std::string& { return m.from.mailbox; }},
    {"to.name", [](Message& m) -> std::string& { return m.to.name; }},
    {"to.mailbox", [](Message& m) -> std::string& { return m.to.mailbox; }},
    {"reply_to.name", [](Message& m) -> std::string& { return m.reply_to.name; }},
    {"reply_to.mailbox", [](Message& m) -> std::string& { return m.reply_to.mailbox; }},
    {"subject", [](Message& m) -> std::string& { return m.subject; }},
    {"message_id", [](Message& m) -> std::string& { return m.message_id; }},
    {"entity_ref_id", [](Message& m) -> std::string& { return m.entity_ref_id; }},
    {"feedback_id", [](Message& m) -> std::string& { return m.feedback_id; }},
    {"list_unsubscribe", [](Message& m) -> std::string& { return m.list_unsubscribe; }},
    {"content_language", [](Message& m) -> std::string& { return m.content_language; }},
    {"extra[0].name", [](Message& m) -> std::string& { return m.extra[0].name; }},
    {"extra[0].value", [](Message& m) -> std::string& { return m.extra[0].value; }},
    {"attachments[0].file_name",
     [](Message& m) -> std::string& { return m.attachments[0].file_name; }},
    {"attachments[0].media_type",
     [](Message& m) -> std::string& { return m.attachments[0].media_type; }},
};

Message FullMessage() {
  Message message = SampleMessage();
  message.reply_to = {"Support", "support@example.test"};
  message.list_unsubscribe = "https://example.test/u";
  message.extra = {{"X-Label", "label"}};
  message.attachments = {{"a.pdf", "application/pdf", "x"}};
  return message;
}

TEST(Compose, LetsNoFieldAddAHeader) {
  ASSERT_TRUE(Compose(FullMessage()).ok());
  for (const Field& field : kFields) {
    for (const char* injection :
         {"\r\nBcc: victim@x.test", "\nBcc: victim@x.test", "\rBcc: victim@x.test", "\r\n\r\nbody",
          "\r\n ", "\x0B", "\x0C", "\x1B[2J", "\u0085Bcc: x", "\u2028Bcc: x", "\xFF", "\x7F"}) {
      Message message = FullMessage();
      field.value(message) += injection;
      const auto composed = Compose(message);
      ASSERT_EQ(composed.status().code(), absl::StatusCode::kInvalidArgument) << field.name;
      EXPECT_EQ(composed.status().message().find(field.name), 0U) << composed.status();
    }
    Message message = FullMessage();
    field.value(message) += std::string(1, '\0');
    EXPECT_EQ(Compose(message).status().code(), absl::StatusCode::kInvalidArgument) << field.name;
  }
}

TEST(Compose, RefusesAFieldThatIsTooLong) {
  for (const Field& field : kFields) {
    Message message = FullMessage();
    field.value(message).append(5'000, 'x');
    EXPECT_EQ(Compose(message).status().code(), absl::StatusCode::kInvalidArgument) << field.name;
  }
}

TEST(Compose, RefusesAnUnsubscribeLinkThatIsNoHttpsUrl) {
  for (const char* bad :
       {"http://x.test/", "mailto:x@y.test", "https://x.test/>, <mailto:a@b.test"}) {
    Message message = SampleMessage();
    message.list_unsubscribe = bad;
    EXPECT_FALSE(Compose(message).ok()) << bad;
  }
}

}  // namespace
}  // namespace posthaste::smtp
