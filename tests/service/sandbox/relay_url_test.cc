#include "service/sandbox/relay_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::sandbox {
namespace {

TEST(ParseRelayUrl, KnowsBothSchemesAndTheirPorts) {
  const absl::StatusOr<RelayUrl> tls = ParseRelayUrl("smtps://me@mail.example.com");
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_TRUE(tls->implicit_tls);
  EXPECT_EQ(tls->host, "mail.example.com");
  EXPECT_EQ(tls->username, "me");
  EXPECT_EQ(tls->port, 465);
  const absl::StatusOr<RelayUrl> starttls = ParseRelayUrl("smtp://mail.example.com:2525/");
  ASSERT_TRUE(starttls.ok()) << starttls.status();
  EXPECT_FALSE(starttls->implicit_tls);
  EXPECT_EQ(starttls->username, "");
  EXPECT_EQ(starttls->port, 2525);
  EXPECT_EQ(ParseRelayUrl("smtp://mail.example.com")->port, 587);
}

TEST(ParseRelayUrl, TakesAnAddressAsUserName) {
  EXPECT_EQ(ParseRelayUrl("smtps://me@example.com@mail.example.com:465")->username,
            "me@example.com");
  EXPECT_EQ(ParseRelayUrl("smtps://me%40example.com@mail.example.com")->username, "me@example.com");
}

TEST(ParseRelayUrl, TakesAnAddressLiteral) {
  const absl::StatusOr<RelayUrl> url = ParseRelayUrl("smtp://[::1]:25");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 25);
}

TEST(ParseRelayUrl, SaysWhatIsWrong) {
  const struct {
    const char *url, *what;
  } rows[] = {{"mail.example.com", "neither"},
              {"smtps://", "no host"},
              {"smtps://me:pw@mail.example.com", "--password-file"},
              {"smtps://mail.example.com:0", "port"},
              {"smtps://mail.example.com:x", "port"},
              {"smtps://@mail.example.com", "no user name"},
              {"smtps://%zz@mail.example.com", "no user name"},
              {"smtps://a/b", "no host"}};
  for (const auto& row : rows) {
    EXPECT_THAT(ParseRelayUrl(row.url).status().ToString(), ::testing::HasSubstr(row.what))
        << row.url;
  }
}

}  // namespace
}  // namespace posthaste::sandbox
