#include "smtp/command.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

constexpr RcptParameters kUtf8{true, false};

TEST(Command, IsOneLine) {
  std::string out;
  ASSERT_TRUE(AppendCommand(out, "EHLO", "client.test").ok());
  ASSERT_TRUE(AppendCommand(out, "DATA").ok());
  EXPECT_EQ(out, "EHLO client.test\r\nDATA\r\n");
}

TEST(Command, RefusesControlsAndBytesThatAreNotAscii) {
  std::string out = "before";
  for (const std::string_view argument :
       {std::string_view("a\rb"), std::string_view("a\nb"), std::string_view("a\0b", 3),
        std::string_view("a\tb"), std::string_view("a\x7f"), std::string_view("\xc3\xbc")}) {
    EXPECT_FALSE(AppendCommand(out, "EHLO", argument).ok());
    EXPECT_FALSE(AppendCommand(out, argument).ok());
    EXPECT_FALSE(AppendAuthResponse(out, argument).ok());
    EXPECT_FALSE(AppendRcpt(out, std::string(argument) + "@x.test", {}).ok());
  }
  EXPECT_EQ(out, "before");
}

TEST(Command, RefusesMoreThan512Bytes) {
  std::string out;
  EXPECT_TRUE(AppendCommand(out, "EHLO", std::string(505, 'x')).ok());
  EXPECT_EQ(out.size(), 512u);
  EXPECT_FALSE(AppendCommand(out, "EHLO", std::string(506, 'x')).ok());
  EXPECT_EQ(out.size(), 512u);
  EXPECT_TRUE(AppendCommand(out, "AUTH", std::string(5000, 'x'), kAuthBytesMax).ok());
  EXPECT_FALSE(AppendAuthResponse(out, std::string(kAuthBytesMax - 1, 'x')).ok());
}

TEST(Command, NeverRepeatsTheArgumentInAnError) {
  std::string out;
  const absl::Status refused = AppendRcpt(out, "secret\n@x.test", {});
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.ToString().find("secret"), std::string::npos);
}

TEST(Mail, CarriesTheParametersThatAreSet) {
  std::string out;
  MailParameters parameters;
  ASSERT_TRUE(AppendMail(out, "a@x.test", parameters).ok());
  EXPECT_EQ(out, "MAIL FROM:<a@x.test>\r\n");
  out.clear();
  parameters.size = true;
  parameters.size_bytes = 1234;
  parameters.eight_bit = true;
  parameters.smtputf8 = true;
  ASSERT_TRUE(AppendMail(out, "a@x.test", parameters).ok());
  EXPECT_EQ(out, "MAIL FROM:<a@x.test> SIZE=1234 BODY=8BITMIME SMTPUTF8\r\n");
}

TEST(Mail, KnowsTheNullReversePath) {
  std::string out;
  ASSERT_TRUE(AppendMail(out, "", {}).ok());
  EXPECT_EQ(out, "MAIL FROM:<>\r\n");
  EXPECT_FALSE(AppendRcpt(out, "", {}).ok());
}

TEST(Mail, IsAllowedWhatItsParametersTake) {
  std::string out;
  MailParameters parameters;
  const std::string address(512 - 14, 'x');  // "MAIL FROM:<" + ">" + CRLF are 14.
  ASSERT_TRUE(AppendMail(out, address, parameters).ok());
  EXPECT_FALSE(AppendMail(out, address + "x", parameters).ok());
  parameters.size = true;
  parameters.size_bytes = 99;
  EXPECT_TRUE(AppendMail(out, address + "x", parameters).ok());
}

// RFC 3461 4.4 and 10.1: xtext, and what each command carries.
TEST(Dsn, IsAskedForInXtext) {
  EXPECT_EQ(Xtext("QQ314159"), "QQ314159");
  EXPECT_EQ(Xtext("a+b=c d\xc3\xbc\x7f"), "a+2Bb+3Dc+20d+C3+BC+7F");
  std::string out;
  MailParameters mail;
  mail.dsn = true;
  mail.envelope_id = "01jd+1";
  ASSERT_TRUE(AppendMail(out, "a@x.test", mail).ok());
  ASSERT_TRUE(AppendRcpt(out, "b+c=d@x.test", {false, true}).ok());
  EXPECT_EQ(out,
            "MAIL FROM:<a@x.test> RET=HDRS ENVID=01jd+2B1\r\n"
            "RCPT TO:<b+c=d@x.test> NOTIFY=FAILURE ORCPT=rfc822;b+2Bc+3Dd@x.test\r\n");
}

TEST(Dsn, LeavesOutWhatCannotBeWritten) {
  std::string out;
  MailParameters mail;
  mail.dsn = true;
  mail.envelope_id = "";
  ASSERT_TRUE(AppendMail(out, "a@x.test", mail).ok());
  const std::string long_id(34, '=');  // 102 characters as xtext.
  mail.envelope_id = long_id;
  ASSERT_TRUE(AppendMail(out, "a@x.test", mail).ok());
  ASSERT_TRUE(AppendRcpt(out, "j\xc3\xb6rg@x.test", {true, true}).ok());
  EXPECT_EQ(out,
            "MAIL FROM:<a@x.test> RET=HDRS\r\nMAIL FROM:<a@x.test> RET=HDRS\r\n"
            "RCPT TO:<j\xc3\xb6rg@x.test> NOTIFY=FAILURE\r\n");
}

TEST(Path, CannotEndEarly) {
  std::string out;
  for (const std::string_view path : {"a@x.test> SIZE=1", "a@x.test>", "<a@x.test", "a b@x.test"}) {
    EXPECT_FALSE(AppendRcpt(out, path, kUtf8).ok()) << path;
    EXPECT_FALSE(AppendMail(out, path, {}).ok()) << path;
  }
  EXPECT_EQ(out, "");
}

TEST(Path, HoldsUtf8OnlyWithSmtputf8) {
  std::string out;
  EXPECT_FALSE(AppendRcpt(out, "j\xc3\xb6rg@x.test", {}).ok());
  EXPECT_TRUE(AppendRcpt(out, "j\xc3\xb6rg@x.test", kUtf8).ok());
  EXPECT_FALSE(AppendRcpt(out, "j\xf6rg@x.test", kUtf8).ok());      // Not UTF-8.
  EXPECT_FALSE(AppendRcpt(out, "j\xc2\x85rg@x.test", kUtf8).ok());  // A C1 control.
  EXPECT_FALSE(AppendRcpt(out, "j\xc3\xb6\nrg@x.test", kUtf8).ok());
}

}  // namespace
}  // namespace posthaste::smtp
