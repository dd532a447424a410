#include "service/config/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/config/load.h"
#include "tests/support/temp.h"

namespace posthaste::config {
namespace {

using ::testing::HasSubstr;

TEST(WebhookUrl, IsTakenApart) {
  const WebhookUrl plain = ParseWebhookUrl("https://Hooks.Example.com/in?a=b").value();
  EXPECT_TRUE(plain.tls);
  EXPECT_EQ(plain.host, "hooks.example.com");
  EXPECT_EQ(plain.port, 443);
  EXPECT_EQ(plain.authority, "Hooks.Example.com");
  EXPECT_EQ(plain.target, "/in?a=b");
  const WebhookUrl other = ParseWebhookUrl("http://[::1]:8080?x").value();
  EXPECT_FALSE(other.tls);
  EXPECT_EQ(other.host, "::1");
  EXPECT_EQ(other.port, 8080);
  EXPECT_EQ(other.authority, "[::1]:8080");
  EXPECT_EQ(other.target, "/?x");
  EXPECT_EQ(ParseWebhookUrl("https://a.test").value().target, "/");
}

TEST(WebhookUrl, IsRefusedWhenItIsMoreOrLessThanAnEndpoint) {
  for (const char* url :
       {"", "ftp://a.test/", "//a.test/", "https://", "https:///x", "https://a.test:0/",
        "https://a.test:65536/", "https://a.test:/", "https://a.test:+80/", "https://u@a.test/",
        "https://a.test/#x", "https://a b/", "https://a.test/\r\nX: y", "https://[::1/",
        "https://::1/", "https://[nonsense]/", "https://-a.test/", "https://a_b.test/",
        "https://b\xc3\xbc.test/"})
    EXPECT_FALSE(ParseWebhookUrl(url).ok()) << url;
  EXPECT_FALSE(ParseWebhookUrl("https://a.test/" + std::string(2048, 'a')).ok());
}

TEST(WebhookSecret, IsItsPrefixAndItsKeyInBase64) {
  const absl::StatusOr<Secret> key = ParseWebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->Reveal().size(), 24u);
  for (const char* text : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                           "whsec_MfKQ9r8GKYqrTwj", "whsec_not base64", "whsec_AAAA"})
    EXPECT_FALSE(ParseWebhookSecret(text).ok()) << text;
}

TEST(WebhookSecret, IsReadFromAFileThatItsErrorNames) {
  TempDir dir;
  v1::Webhook webhook;
  webhook.add_secret_files(dir.Write("good", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"));
  EXPECT_EQ(ReadWebhookSecrets(webhook, "at").value().size(), 1u);
  webhook.add_secret_files(dir.Write("bad", "hunter2"));
  const absl::Status bad = ReadWebhookSecrets(webhook, "at").status();
  EXPECT_THAT(std::string(bad.message()), HasSubstr("at.secret_files[1]: "));
  EXPECT_THAT(std::string(bad.message()), HasSubstr("whsec_"));
  EXPECT_THAT(std::string(bad.message()), Not(HasSubstr("hunter2")));
}

Config WithWebhook(v1::Webhook webhook) {
  Config config;
  v1::Tenant& tenant = *config.add_tenants();
  *tenant.add_webhooks() = std::move(webhook);
  FillDefaults(config);
  return config;
}

v1::Webhook GoodWebhook() {
  v1::Webhook webhook;
  webhook.set_id("orders");
  webhook.set_url("https://hooks.example.com/in");
  webhook.add_secret_files("/secret");
  return webhook;
}

TEST(CheckWebhooks, HasDefaultsThatAreGood) {
  const Config config = WithWebhook(GoodWebhook());
  EXPECT_TRUE(CheckWebhooks(config).ok());
  EXPECT_EQ(config.tenants(0).webhooks(0).timeout().seconds(), 10);
  EXPECT_EQ(config.tenants(0).webhooks(0).retry_for().seconds(), 86400);
}

TEST(CheckWebhooks, NamesTheSettingThatIsWrong) {
  const std::vector<std::pair<std::string, void (*)(v1::Webhook&)>> rows = {
      {".id", [](v1::Webhook& w) { w.set_id("Orders"); }},
      {".url", [](v1::Webhook& w) { w.set_url("https://"); }},
      {".url", [](v1::Webhook& w) { w.set_url("http://hooks.example.com/"); }},
      {".url", [](v1::Webhook& w) { w.set_url("http://127.0.0.1/"); }},
      {".url",
       [](v1::Webhook& w) {
         w.set_url("http://10.0.0.1/");
         w.set_allow_private(true);
       }},
      {".secret_files", [](v1::Webhook& w) { w.clear_secret_files(); }},
      {".secret_files",
       [](v1::Webhook& w) {
         w.add_secret_files("/b");
         w.add_secret_files("/c");
       }},
      {".types", [](v1::Webhook& w) { w.add_types("message_changed"); }},
      {".types", [](v1::Webhook& w) { w.add_types("EVENTS_LOST"); }},
      {".timeout", [](v1::Webhook& w) { *w.mutable_timeout() = FromSeconds(31); }},
      {".retry_for", [](v1::Webhook& w) { *w.mutable_retry_for() = FromSeconds(59); }},
  };
  for (const auto& [setting, spoil] : rows) {
    v1::Webhook webhook = GoodWebhook();
    spoil(webhook);
    const absl::Status status = CheckWebhooks(WithWebhook(webhook));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("tenants[0].webhooks[0]" + setting + ": "));
  }
  Config twice = WithWebhook(GoodWebhook());
  *twice.mutable_tenants(0)->add_webhooks() = twice.tenants(0).webhooks(0);
  EXPECT_THAT(std::string(CheckWebhooks(twice).message()), HasSubstr("used twice"));
  for (int i = 0; i < 3; ++i)
    *twice.mutable_tenants(0)->add_webhooks() = twice.tenants(0).webhooks(0);
  EXPECT_THAT(std::string(CheckWebhooks(twice).message()), HasSubstr("more than 4"));
}

TEST(CheckWebhooks, LetsHttpLeadToThisMachineWhenItMay) {
  v1::Webhook webhook = GoodWebhook();
  webhook.set_url("http://localhost:8080/");
  webhook.set_allow_private(true);
  EXPECT_TRUE(CheckWebhooks(WithWebhook(webhook)).ok());
}

}  // namespace
}  // namespace posthaste::config
