// What logging in tells and asks for; what it makes of replies is in tests/dialogues.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "tests/smtp/session_support.h"

namespace posthaste::smtp {
namespace {

class SessionAuthTest : public SessionTest {
 protected:
  SessionAuthTest() {
    options_.username = "app";
    options_.auth_without_tls = true;
    options_.tokens = TokenFrom(
        [this]() -> absl::StatusOr<Secret> { return Secret(absl::StrCat("t0ken-", ++tokens_)); });
  }
  static std::string Greet(const std::string& mechanisms) {
    return absl::StrCat("S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250 AUTH ",
                        mechanisms, "\n");
  }
  static std::string Xoauth2(const std::string& token) {
    return Base64(
        absl::StrCat("user=app\x01"
                     "auth=Bearer ",
                     token, "\x01\x01"));
  }

  int tokens_ = 0;
};

TEST_F(SessionAuthTest, FetchesATokenForEverySession) {
  for (int i = 1; i <= 3; ++i) {
    Script(absl::StrCat(Greet("XOAUTH2"), "C: AUTH XOAUTH2 ", Xoauth2(absl::StrCat("t0ken-", i)),
                        "\nS: 235 Ok\n"));
    Open();
    ASSERT_NE(session_, nullptr) << failed_.transcript;
  }
  EXPECT_EQ(tokens_, 3);
}

TEST_F(SessionAuthTest, FetchesNoThirdToken) {
  Script(absl::StrCat(Greet("XOAUTH2"), "C: AUTH XOAUTH2 ", Xoauth2("t0ken-1"), "\nS: 535 No\n",
                      "C: AUTH XOAUTH2 ", Xoauth2("t0ken-2"), "\nS: 535 No\n"));
  Open();
  ASSERT_EQ(session_, nullptr);
  EXPECT_EQ(tokens_, 2);
  EXPECT_EQ(failed_.outcome.scope, Scope::kConfig);
}

TEST_F(SessionAuthTest, FetchesNoTokenThatMayNotBeSent) {
  options_.auth_without_tls = false;
  Script(Greet("XOAUTH2"));
  Open();
  ASSERT_EQ(session_, nullptr);
  EXPECT_EQ(tokens_, 0);
  EXPECT_EQ(failed_.transcript.substr(failed_.transcript.rfind('(')),
            "(no credentials without verified TLS)\n");
}

TEST_F(SessionAuthTest, NeverShowsATokenAndSaysWhyThereIsNone) {
  Script(absl::StrCat(Greet("XOAUTH2"), "C: AUTH XOAUTH2 ", Xoauth2("t0ken-1"), "\nS: 535 No\n",
                      "C: AUTH XOAUTH2 ", Xoauth2("t0ken-2"), "\nS: 535 No\n"));
  Open();
  EXPECT_EQ(failed_.transcript.find(Xoauth2("t0ken-1").substr(0, 12)), std::string::npos);
  EXPECT_EQ(failed_.transcript.find("t0ken"), std::string::npos);
  EXPECT_NE(
      failed_.transcript.find("C: AUTH XOAUTH2 ***\nS: 535 No\n(once more with a fresh token)"),
      std::string::npos)
      << failed_.transcript;
  options_.tokens = TokenFrom(
      []() -> absl::StatusOr<Secret> { return absl::NotFoundError("/run/token: no such file"); });
  Script(Greet("XOAUTH2"));
  Open();
  EXPECT_NE(failed_.transcript.find("(no token: /run/token: no such file)"), std::string::npos);
  options_.tokens = TokenFrom([]() -> absl::StatusOr<Secret> { return Secret("two words"); });
  Script(Greet("XOAUTH2"));
  Open();
  EXPECT_EQ(failed_.transcript.find("two words"), std::string::npos);
  EXPECT_EQ(failed_.outcome.scope, Scope::kConfig);
}

TEST_F(SessionAuthTest, NeverUsesANonceTwice) {
  options_.tokens = nullptr;
  options_.password = Secret("pencil");
  std::string before;
  for (int i = 0; i < 2; ++i) {
    Script(Greet("SCRAM-SHA-256"));
    Open();
    ASSERT_FALSE(relay_->violations().empty());
    const std::string& said = relay_->violations()[0];  // "the client says: AUTH SCRAM-SHA-256 …"
    ASSERT_NE(said.find("AUTH SCRAM-SHA-256 "), std::string::npos);
    EXPECT_NE(said, before);
    before = said;
  }
}

}  // namespace
}  // namespace posthaste::smtp
