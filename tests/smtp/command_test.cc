#include "smtp/command.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

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
    EXPECT_FALSE(AppendRcpt(out, std::string(argument) + "@x.test", false).ok());
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
  const absl::Status refused = AppendRcpt(out, "secret\n@x.test", false);
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
  EXPECT_FALSE(AppendRcpt(out, "", false).ok());
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

TEST(Path, CannotEndEarly) {
  std::string out;
  for (const std::string_view path : {"a@x.test> SIZE=1", "a@x.test>", "<a@x.test", "a b@x.test"}) {
    EXPECT_FALSE(AppendRcpt(out, path, true).ok()) << path;
    EXPECT_FALSE(AppendMail(out, path, {}).ok()) << path;
  }
  EXPECT_EQ(out, "");
}

TEST(Path, HoldsUtf8OnlyWithSmtputf8) {
  std::string out;
  EXPECT_FALSE(AppendRcpt(out, "j\xc3\xb6rg@x.test", false).ok());
  EXPECT_TRUE(AppendRcpt(out, "j\xc3\xb6rg@x.test", true).ok());
  EXPECT_FALSE(AppendRcpt(out, "j\xf6rg@x.test", true).ok());      // Not UTF-8.
  EXPECT_FALSE(AppendRcpt(out, "j\xc2\x85rg@x.test", true).ok());  // A C1 control.
  EXPECT_FALSE(AppendRcpt(out, "j\xc3\xb6\nrg@x.test", true).ok());
}

}  // namespace
}  // namespace posthaste::smtp
