#include "smtp/transcript.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

Reply Answer(int code, std::vector<std::string> lines) {
  Reply reply;
  reply.code = code;
  reply.lines = std::move(lines);
  return reply;
}

TEST(Transcript, KeepsWhatWasSaidInTheFormOfTheDialogues) {
  Transcript transcript;
  transcript.Server(Answer(220, {"relay.test ESMTP"}));
  transcript.Client("EHLO client.test");
  transcript.Server(Answer(250, {"relay.test", "PIPELINING"}));
  transcript.Note("(connection closed by the relay)");
  EXPECT_EQ(transcript.text(),
            "S: 220 relay.test ESMTP\nC: EHLO client.test\nS: 250-relay.test\nS: 250 PIPELINING\n"
            "(connection closed by the relay)\n");
  transcript.Clear();
  EXPECT_EQ(transcript.text(), "");
}

TEST(Transcript, HidesCredentialsAndLocalParts) {
  Transcript transcript;
  transcript.Client("AUTH PLAIN AHRlc3QAMTIzNA==");
  transcript.Client("AUTH LOGIN");
  transcript.Client("MAIL FROM:<bounces+12.ab@client.test> SIZE=33");
  transcript.Client("MAIL FROM:<>");
  EXPECT_EQ(transcript.text(),
            "C: AUTH PLAIN ***\nC: AUTH LOGIN\nC: MAIL FROM:<***@client.test> SIZE=33\nC: MAIL "
            "FROM:<>\n");
}

TEST(Transcript, HidesTheRecipientWhereTheRelayNamesIt) {
  Transcript transcript;
  transcript.Conceal("anna.lee");
  transcript.Server(
      Answer(550, {"5.1.1 <Anna.Lee@x.test>: user anna.lee unknown", "annals of anna.lee-2"}));
  EXPECT_EQ(transcript.text(),
            "S: 550-5.1.1 <***@x.test>: user *** unknown\nS: 550 annals of ***-2\n");
}

TEST(Transcript, EscapesWhatIsNotPrintable) {
  Transcript transcript;
  transcript.Server(Answer(250, {"\x1b[2J\xc3\xbc\nC: forged"}));
  EXPECT_EQ(transcript.text(), "S: 250 \\x1b[2J\\xc3\\xbc\\x0aC: forged\n");
}

TEST(Transcript, KeepsTheNewestWholeLines) {
  Transcript transcript(64);
  for (int i = 0; i < 100; ++i) {
    transcript.Client("line number " + std::to_string(i));
    EXPECT_LE(transcript.text().size(), 64u);
    EXPECT_EQ(transcript.text().rfind("C: line number", 0), 0u);
  }
  EXPECT_NE(transcript.text().find("number 99\n"), std::string::npos);
  transcript.Client(std::string(1000, 'x'));
  EXPECT_EQ(transcript.text().size(), 64u);
}

TEST(RedactAddresses, KeepsDomainsAndEverythingElse) {
  EXPECT_EQ(RedactAddresses("to a@x.test, \"b c\"@y.test; (d@z.test)"),
            "to ***@x.test, ***@y.test; (***@z.test)");
  EXPECT_EQ(RedactAddresses("a@b@c"), "***@***@c");
  EXPECT_EQ(RedactAddresses("no address @ all"), "no address @ all");
  EXPECT_EQ(RedactAddresses("@"), "@");
  EXPECT_EQ(RedactAddresses("\"@x"), "***@x");
  EXPECT_EQ(RedactAddresses(""), "");
  EXPECT_EQ(RedactAddresses("j\xc3\xb6rg@x.test"), "***@x.test");
}

TEST(RedactAddresses, HidesALocalPartOnlyAsAWord) {
  EXPECT_EQ(RedactAddresses("an anna, ANNA: Annabel", "anna"), "an ***, ***: Annabel");
  EXPECT_EQ(RedactAddresses("a cat", "a"), "*** cat");
}

}  // namespace
}  // namespace posthaste::smtp
