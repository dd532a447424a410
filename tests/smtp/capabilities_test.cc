#include "smtp/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

using testing::ElementsAre;

Capabilities Ehlo(std::vector<std::string> keywords) {
  Reply reply;
  reply.code = 250;
  reply.lines = {"relay.test greets client.test"};
  for (std::string& keyword : keywords) reply.lines.push_back(std::move(keyword));
  return ParseEhlo(reply);
}

TEST(Capabilities, AreTakenFromTheKeywords) {
  const Capabilities offered =
      Ehlo({"STARTTLS", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING",
            "DSN", "SIZE 10240000", "AUTH PLAIN LOGIN"});
  EXPECT_TRUE(offered.esmtp && offered.starttls && offered.pipelining && offered.eight_bit_mime);
  EXPECT_TRUE(offered.smtputf8 && offered.enhanced_status_codes && offered.chunking && offered.dsn);
  EXPECT_TRUE(offered.size);
  EXPECT_EQ(offered.size_max, 10240000u);
  EXPECT_THAT(offered.auth, ElementsAre("PLAIN", "LOGIN"));
}

TEST(Capabilities, AreNoneWhenOnlyTheGreetingCame) {
  const Capabilities offered = Ehlo({});
  EXPECT_TRUE(offered.esmtp);
  EXPECT_FALSE(offered.pipelining || offered.starttls || offered.size);
}

TEST(Capabilities, AreNotTakenFromTheGreeting) {
  Reply reply;
  reply.code = 250;
  reply.lines = {"PIPELINING"};
  EXPECT_FALSE(ParseEhlo(reply).pipelining);
}

TEST(Capabilities, DoNotDependOnCaseOrSpaces) {
  const Capabilities offered = Ehlo({"  pipelining ", "Size\t 77", "auth  plain\tXoauth2 plain"});
  EXPECT_TRUE(offered.pipelining);
  EXPECT_EQ(offered.size_max, 77u);
  EXPECT_THAT(offered.auth, ElementsAre("PLAIN", "XOAUTH2"));
}

TEST(Capabilities, KnowTheOldFormOfAuth) {
  EXPECT_THAT(Ehlo({"AUTH=LOGIN PLAIN", "AUTH PLAIN"}).auth, ElementsAre("LOGIN", "PLAIN"));
  EXPECT_TRUE(Ehlo({"AUTH="}).auth.empty());
}

TEST(Capabilities, TellNoLimitWhenSizeIsNoNumber) {
  for (const char* line :
       {"SIZE", "SIZE 0", "SIZE lots", "SIZE -5", "SIZE 99999999999999999999999"}) {
    const Capabilities offered = Ehlo({line});
    EXPECT_TRUE(offered.size) << line;
    EXPECT_EQ(offered.size_max, 0u) << line;
  }
}

// RFC 9422 4: names in any case, values from 1 to 999999, unknown limits ignored.
TEST(Capabilities, TellTheLimitsOfASession) {
  const Capabilities offered = Ehlo({"LIMITS RCPTMAX=20 MailMax=5 RCPTDOMAINMAX=1 NEW=3 JUNK"});
  EXPECT_EQ(offered.mail_max, 5);
  EXPECT_EQ(offered.rcpt_domain_max, 1);
  for (const char* line : {"LIMITS", "LIMITS MAILMAX", "LIMITS MAILMAX=", "LIMITS MAILMAX=0",
                           "LIMITS MAILMAX=-1", "LIMITS MAILMAX=1000000", "LIMITS MAILMAX=many"}) {
    EXPECT_EQ(Ehlo({line}).mail_max, 0) << line;
  }
}

TEST(Capabilities, AreNotTakenFromOverlookedKeywords) {
  Reply reply;
  reply.code = 250;
  reply.lines = {"relay.test", "dsn", "CHUNKING", "PIPELINING"};
  const Capabilities offered = ParseEhlo(reply, {"DSN", "CHUNKING"});
  EXPECT_FALSE(offered.dsn || offered.chunking);
  EXPECT_TRUE(offered.pipelining);
}

TEST(Capabilities, IgnoreWhatTheyDoNotKnow) {
  const Capabilities offered = Ehlo({"XYZZY", "", "PIPELININGS", "START TLS", "\xff\xfe"});
  EXPECT_FALSE(offered.pipelining || offered.starttls);
}

}  // namespace
}  // namespace posthaste::smtp
