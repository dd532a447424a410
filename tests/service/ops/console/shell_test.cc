#include "service/ops/console/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Session kSession{{"ana\"<b>", false}, "t0ken", SteadyTime::max()};

std::string PolicyOf(const Page& page) {
  for (const auto& [name, value] : page.headers) {
    if (name == "Content-Security-Policy") return value;
  }
  return "";
}

TEST(ShellPage, NamesThePageAndWhoIsThere) {
  const Page page = Shell("queue", {kSession, false, "1.2"});
  EXPECT_THAT(page.body, HasSubstr("<title>Queue · Posthaste</title>"));
  EXPECT_THAT(page.body, HasSubstr("href=\"/console/queue\" aria-current=\"page\""));
  EXPECT_THAT(page.body, HasSubstr("data-write=\"no\""));
  EXPECT_THAT(page.body, HasSubstr("data-csrf=\"t0ken\""));
  EXPECT_THAT(page.body, HasSubstr("ana&quot;&lt;b&gt;"));
  EXPECT_THAT(page.body, HasSubstr("Log out"));
  EXPECT_THAT(page.body, Not(HasSubstr("{{")));
}

TEST(ShellPage, HasAnInboxInTheSandboxOnly) {
  for (const char* page : {"inbox", "drafts"}) {
    EXPECT_TRUE(HasPage(page, true)) << page;
    EXPECT_FALSE(HasPage(page, false)) << page;
  }
  EXPECT_TRUE(HasPage("now", false));
  EXPECT_FALSE(HasPage("", true));
  EXPECT_THAT(Shell("now", {kSession, false, ""}).body, Not(HasSubstr("/console/inbox")));
  const std::string sandbox = Shell("now", {kSession, true, ""}).body;
  EXPECT_THAT(sandbox, HasSubstr("/console/inbox"));
  EXPECT_THAT(sandbox, Not(HasSubstr("Log out")));
}

TEST(ShellPage, LoadsNothingButOurs) {
  const std::string policy = PolicyOf(Shell("now", {kSession, false, ""}));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self'; style-src 'self'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(PolicyOf(LoginForm("")), policy);
}

TEST(ShellPage, LetsFramedMailDoNothing) {
  const std::string policy = PolicyOf(Framed("<script>alert(1)</script>"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("; sandbox"));
  EXPECT_THAT(policy, Not(HasSubstr("script-src")));
}

TEST(LoginPage, SaysWhyAKeyWasRefused) {
  EXPECT_THAT(LoginForm("wrong <key>").body, HasSubstr("role=\"alert\">wrong &lt;key&gt;"));
  EXPECT_THAT(LoginForm("").body, Not(HasSubstr("alert")));
}

}  // namespace
}  // namespace posthaste::ops
