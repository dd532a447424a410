#include "smtp/provider.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

TEST(Provider, IsKnownByItsExchangers) {
  EXPECT_EQ(ProviderOf("aspmx.l.google.com", "example.test"), "gmail");
  EXPECT_EQ(ProviderOf("example-test.mail.protection.outlook.com", "example.test"), "microsoft");
  EXPECT_EQ(ProviderOf("mta5.am0.yahoodns.net", "example.test"), "yahoo");
  EXPECT_EQ(ProviderOf("mx01.mail.icloud.com", "example.test"), "apple");
  EXPECT_EQ(ProviderOf("mxbiz1.qq.com", "example.test"), "qq");
}

TEST(Provider, IsKnownByTheRecipientsDomainElse) {
  EXPECT_EQ(ProviderOf("relay.example.test", "gmail.com"), "gmail");
  EXPECT_EQ(ProviderOf("relay.example.test", "hotmail.com"), "microsoft");
  EXPECT_EQ(ProviderOf("relay.example.test", "example.test"), "");
}

TEST(Provider, IsALabelByTheRecipientsDomainAlone) {
  EXPECT_EQ(ProviderLabel("gmail.com"), "gmail");
  EXPECT_EQ(ProviderLabel("yahoo.de"), "yahoo");
  EXPECT_EQ(ProviderLabel("163.com"), "netease");
  EXPECT_EQ(ProviderLabel("example.test"), "other");
}

TEST(Provider, IsNoNameThatOnlyEndsAlike) {
  EXPECT_EQ(ProviderOf("mx.notgoogle.com", "x.test"), "");
  EXPECT_EQ(ProviderOf("google.com.evil.test", "notgmail.com"), "");
}

TEST(Provider, IsOfAClosedSet) {
  for (const char* name : {"gmail", "microsoft", "yahoo", "apple", "qq", "netease", "mailru"}) {
    EXPECT_TRUE(IsProvider(name)) << name;
  }
  EXPECT_FALSE(IsProvider("other"));
  EXPECT_FALSE(IsProvider(""));
}

}  // namespace
}  // namespace posthaste::smtp
