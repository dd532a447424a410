#include "service/sandbox/capture_dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CaptureDialogueTest : public ::testing::Test {
 protected:
  std::string Say(std::string_view line) { return dialogue_.Heard(line).reply; }
  void Begin() {
    Say("EHLO client.test");
    EXPECT_THAT(Say("MAIL FROM:<a@client.test>"), StartsWith("250 2.1.0"));
    EXPECT_THAT(Say("RCPT TO:<ana@example.test>"), StartsWith("250 2.1.5"));
    EXPECT_THAT(Say("DATA"), StartsWith("354"));
  }
  CaptureDialogue dialogue_;
};

TEST_F(CaptureDialogueTest, OffersWhatItUnderstands) {
  EXPECT_THAT(dialogue_.Greeting(), StartsWith("220 "));
  const std::string reply = Say("ehlo client.test");
  for (const char* word : {"250-PIPELINING", "250-SIZE 1048576", "250-8BITMIME", "250-SMTPUTF8",
                           "250 ENHANCEDSTATUSCODES"}) {
    EXPECT_THAT(reply, HasSubstr(word));
  }
  EXPECT_EQ(Say("HELO client.test").find("250-"), std::string::npos);
}

TEST_F(CaptureDialogueTest, KeepsAMessageWithItsDotsUnstuffed) {
  Begin();
  EXPECT_EQ(Say("Subject: x"), "");
  EXPECT_EQ(Say(""), "");
  EXPECT_EQ(Say("..dot"), "");
  const CaptureDialogue::Turn end = dialogue_.Heard(".");
  EXPECT_TRUE(end.store);
  EXPECT_EQ(dialogue_.message(), "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(dialogue_.envelope().rcpt_to, std::vector<std::string>{"ana@example.test"});
  EXPECT_THAT(dialogue_.Stored(std::string("abc")), StartsWith("250 2.0.0 Stored as abc"));
  EXPECT_THAT(Say("DATA"), StartsWith("503")) << "a new transaction";
}

TEST_F(CaptureDialogueTest, SaysSoWhenItCouldNotStore) {
  Begin();
  Say(".");
  EXPECT_THAT(dialogue_.Stored(absl::UnavailableError("disk full")), StartsWith("451 4.3.0"));
}

TEST_F(CaptureDialogueTest, WantsTheCommandsInOrder) {
  EXPECT_THAT(Say("MAIL FROM:<a@client.test>"), StartsWith("503"));
  Say("EHLO client.test");
  EXPECT_THAT(Say("RCPT TO:<ana@example.test>"), StartsWith("503"));
  EXPECT_THAT(Say("MAIL FROM:<a@client.test>"), StartsWith("250"));
  EXPECT_THAT(Say("MAIL FROM:<a@client.test>"), StartsWith("503"));
  EXPECT_THAT(Say("DATA"), StartsWith("503"));
  EXPECT_THAT(Say("RSET"), StartsWith("250"));
  EXPECT_THAT(Say("RCPT TO:<ana@example.test>"), StartsWith("503"));
}

TEST_F(CaptureDialogueTest, RefusesWhatIsNoAddress) {
  Say("EHLO client.test");
  for (const char* line :
       {"MAIL FROM:", "MAIL FROM:a@b", "MAIL FROM:<a", "MAIL FROM:<a b@c>", "MAIL TO:<a@b>"}) {
    EXPECT_THAT(Say(line), StartsWith("501")) << line;
  }
  EXPECT_THAT(Say("MAIL FROM:<a@client.test> RET=HDRS"), StartsWith("555"));
  EXPECT_THAT(Say("MAIL FROM:<>"), StartsWith("250"));
  EXPECT_THAT(Say("RCPT TO:<>"), StartsWith("501"));
  EXPECT_THAT(Say("RCPT TO:<nobody>"), StartsWith("501"));
}

TEST_F(CaptureDialogueTest, TakesInternationalAddressesWhenAsked) {
  Say("EHLO client.test");
  EXPECT_THAT(Say("MAIL FROM:<a@client.test>"), StartsWith("250"));
  EXPECT_THAT(Say("RCPT TO:<j\xC3\xBC@example.test>"), StartsWith("553 5.6.7"));
  Say("RSET");
  EXPECT_THAT(Say("MAIL FROM:<a@client.test> BODY=8BITMIME SMTPUTF8"), StartsWith("250"));
  EXPECT_THAT(Say("RCPT TO:<j\xC3\xBC@example.test>"), StartsWith("250"));
}

TEST_F(CaptureDialogueTest, RefusesALargeMessageByItsSizeAndByItsBytes) {
  Say("EHLO client.test");
  EXPECT_THAT(Say("MAIL FROM:<a@client.test> SIZE=1048577"), StartsWith("552 5.3.4"));
  Begin();
  const std::string line(1000, 'x');
  for (size_t bytes = 0; bytes <= CaptureDialogue::kMessageBytesMax; bytes += line.size())
    Say(line);
  const CaptureDialogue::Turn end = dialogue_.Heard(".");
  EXPECT_FALSE(end.store);
  EXPECT_THAT(end.reply, StartsWith("552 5.3.4"));
  EXPECT_THAT(Say("NOOP"), StartsWith("250"));
}

TEST_F(CaptureDialogueTest, LimitsRecipientsLinesAndErrors) {
  Say("EHLO client.test");
  Say("MAIL FROM:<a@client.test>");
  for (int i = 0; i < 100; ++i) EXPECT_THAT(Say("RCPT TO:<ana@example.test>"), StartsWith("250"));
  EXPECT_THAT(Say("RCPT TO:<ana@example.test>"), StartsWith("452"));
  EXPECT_THAT(Say(std::string(3000, 'x')), StartsWith("500"));
  CaptureDialogue::Turn turn;
  int errors = 2;
  for (; !turn.close; ++errors) turn = dialogue_.Heard("WHAT");
  EXPECT_EQ(errors, CaptureDialogue::kErrorsMax);
  EXPECT_THAT(turn.reply, StartsWith("421 4.7.0"));
}

TEST_F(CaptureDialogueTest, SaysGoodbye) {
  const CaptureDialogue::Turn turn = dialogue_.Heard("QUIT");
  EXPECT_TRUE(turn.close);
  EXPECT_THAT(turn.reply, StartsWith("221"));
}

}  // namespace
}  // namespace posthaste::sandbox
