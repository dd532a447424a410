#include "service/api/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/api/fields.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

Person Ana() { return PersonOf(*ParseMailbox("ana@example.com"), "acme", kHashKey, 16); }

Caller Acme() {
  Caller caller;
  caller.tenant = "acme";
  caller.key = "acme-all";
  return caller;
}

SendOrder From(const char* ip, const std::string& tenant = "acme") {
  SendOrder order;
  order.tenant = &TheWorld().tenant(tenant);
  order.recipient = *ParseMailbox("ana@example.com");
  if (*ip != '\0') order.client_network = NetworkOf(ip);
  return order;
}

std::vector<std::string> Names(const std::vector<queue::RateLimit>& rates) {
  std::vector<std::string> names;
  for (const queue::RateLimit& rate : rates) names.push_back(rate.name);
  return names;
}

TEST(Limits, CountARecipientByTheHourAndTheDayUnderOneKey) {
  const std::vector<queue::RateLimit> rates =
      RecipientLimits(Ana(), queue::MailClass::kCode, "password_reset", TestConfig());
  ASSERT_EQ(rates.size(), 2u);
  EXPECT_EQ(rates[0].name, "recipient_hour:CODE");
  EXPECT_EQ(rates[0].count, 10);
  EXPECT_EQ(rates[0].period, absl::Hours(1));
  EXPECT_EQ(rates[1].name, "recipient_day:CODE");
  EXPECT_EQ(rates[1].count, 30);
  EXPECT_EQ(rates[1].period, absl::Hours(24));
  EXPECT_EQ(rates[0].key, Ana().bucket_hash);
  EXPECT_EQ(rates[1].key, rates[0].key);
}

TEST(Limits, LetFewerMessagesWaitWhereOneIsTakenWithAttachments) {
  config::v1::Config config = TestConfig();
  config.mutable_limits()->set_queued_per_tenant(1000);
  config.mutable_limits()->set_queued_with_attachments_per_tenant(33);
  SendOrder order = From("");
  const auto bound = [&] { return QueueBoundOf(order, config, 16); };
  EXPECT_EQ(bound().messages, 63) << "rounded up";
  order.attachments.emplace_back();
  EXPECT_EQ(bound().messages, 3);
  EXPECT_STREQ(bound().limit, "queued_with_attachments_per_tenant");
  config.mutable_limits()->set_queued_per_tenant(-1);
  EXPECT_EQ(bound().messages, 3);
  config.mutable_limits()->set_queued_with_attachments_per_tenant(-1);
  EXPECT_EQ(bound().messages, 0) << "no bound";
  config.mutable_limits()->set_queued_per_tenant(16);
  EXPECT_EQ(bound().messages, 1);
  EXPECT_STREQ(bound().limit, "queued_per_tenant");
}

TEST(Limits, CountEachMailClassByItself) {
  const auto name = [](queue::MailClass mail_class) {
    return RecipientLimits(Ana(), mail_class, "", TestConfig()).at(0).name;
  };
  EXPECT_NE(name(queue::MailClass::kCode), name(queue::MailClass::kNotice));
  EXPECT_NE(name(queue::MailClass::kNotice), name(queue::MailClass::kGeneral));
}

TEST(Limits, CountAPurposeWhereThatIsLessThanAllOfThem) {
  config::v1::Config config = TestConfig();
  config.mutable_limits()->set_codes_per_recipient_purpose_hour(3);
  const std::vector<queue::RateLimit> rates =
      RecipientLimits(Ana(), queue::MailClass::kCode, "password_reset", config);
  ASSERT_EQ(rates.size(), 3u);
  EXPECT_EQ(rates[2].name, "recipient_purpose_hour:password_reset");
  EXPECT_EQ(rates[2].count, 3);
  EXPECT_EQ(RecipientLimits(Ana(), queue::MailClass::kNotice, "", config).size(), 2u);
}

TEST(Limits, CountAClientByItsNetworkWithinTheTenant) {
  const auto key = [](const char* ip, const char* tenant) {
    return ClientLimits(From(ip, tenant), Acme(), TestConfig(), kHashKey).at(0).key;
  };
  const std::vector<queue::RateLimit> rates =
      ClientLimits(From("192.0.2.1"), Acme(), TestConfig(), kHashKey);
  ASSERT_EQ(Names(rates), std::vector<std::string>(1, "client_hour"));
  EXPECT_EQ(rates[0].count, 30);
  EXPECT_EQ(rates[0].period, absl::Hours(1));
  EXPECT_EQ(key("2001:db8::1", "acme"), key("2001:db8::2", "acme"));
  EXPECT_NE(key("192.0.2.1", "acme"), key("192.0.2.2", "acme"));
  EXPECT_NE(key("192.0.2.1", "acme"), key("192.0.2.1", "globex"));
}

TEST(Limits, CountEachOfTheCallersKeysWithinTheTenant) {
  SendOrder order = From("");
  order.rate_limit_keys = {"device:1", "user:7"};
  const auto rates = ClientLimits(order, Acme(), TestConfig(), kHashKey);
  ASSERT_EQ(Names(rates), std::vector<std::string>(2, "caller_key_hour"));
  EXPECT_NE(rates[0].key, rates[1].key);
  order.tenant = &TheWorld().tenant("globex");
  EXPECT_NE(ClientLimits(order, Acme(), TestConfig(), kHashKey).at(0).key, rates[0].key);
}

TEST(Limits, CountApiKeyTenantAndDomainWhereThatIsConfigured) {
  config::v1::Config config = TestConfig();
  EXPECT_TRUE(ClientLimits(From(""), Acme(), config, kHashKey).empty()) << "not by default";
  config.mutable_limits()->set_sends_per_api_key_minute(1);
  config.mutable_limits()->set_sends_per_tenant_minute(2);
  config.mutable_limits()->set_sends_per_domain_minute(3);
  const auto rates = ClientLimits(From(""), Acme(), config, kHashKey);
  EXPECT_EQ(Names(rates),
            (std::vector<std::string>{"api_key_minute", "tenant_minute", "domain_minute"}));
  for (const queue::RateLimit& rate : rates) EXPECT_EQ(rate.period, absl::Minutes(1));
  const auto other = ClientLimits(From("", "globex"), Acme(), config, kHashKey);
  EXPECT_NE(rates[1].key, other[1].key);
  EXPECT_NE(rates[2].key, other[2].key);
}

TEST(Limits, AreSharedByTenantsOnlyWithinATrustGroup) {
  const auto rates = [](const char* acme, const char* globex, const char* tenant) {
    const World world([&](config::v1::Config& config) {
      config.mutable_tenants(0)->set_trust_group(acme);
      config.mutable_tenants(1)->set_trust_group(globex);
    });
    SendOrder order = From("");
    order.code.emplace();
    order.tenant = &world.tenant(tenant);
    return ClientLimits(order, Acme(), world.config, kHashKey);
  };
  EXPECT_TRUE(rates("", "", "acme").empty());
  ASSERT_EQ(Names(rates("one", "one", "acme")),
            std::vector<std::string>(1, "trust_group_recipient_day"));
  EXPECT_EQ(rates("one", "one", "acme")[0].key, rates("one", "one", "globex")[0].key);
  EXPECT_NE(rates("one", "two", "acme")[0].key, rates("one", "two", "globex")[0].key);
}

TEST(Limits, AreLeftOutWhereThereIsNoneOrNobodyToCount) {
  config::v1::Config config = TestConfig();
  config.mutable_limits()->set_sends_per_recipient_hour(-1);
  config.mutable_limits()->set_codes_per_recipient_purpose_hour(-1);
  EXPECT_EQ(RecipientLimits(Ana(), queue::MailClass::kCode, "reset", config).size(), 1u);
  config.mutable_limits()->set_sends_per_recipient_day(-1);
  EXPECT_TRUE(RecipientLimits(Ana(), queue::MailClass::kCode, "reset", config).empty());
  config.mutable_limits()->set_sends_per_client_hour(-1);
  EXPECT_TRUE(ClientLimits(From("192.0.2.1"), Acme(), config, kHashKey).empty());
}

TEST(Limits, TellTheirWordAndWhoIsMeant) {
  EXPECT_EQ(LimitWord("recipient_hour:CODE"), "recipient_hour");
  EXPECT_EQ(LimitWord("client_hour"), "client_hour");
  EXPECT_EQ(LimitReason("recipient_day:CODE"), "RECIPIENT_SEND_LIMIT");
  EXPECT_EQ(LimitReason("trust_group_recipient_day"), "RECIPIENT_SEND_LIMIT");
  EXPECT_EQ(LimitReason("caller_key_hour"), "CLIENT_LIMIT");
  EXPECT_EQ(LimitReason("client_hour"), "CLIENT_LIMIT");
  EXPECT_EQ(LimitReason("api_key_minute"), "TENANT_QUOTA");
}

TEST(Limits, KeepSupersedeGroupsApart) {
  const Person bob = PersonOf(*ParseMailbox("bob@example.com"), "acme", kHashKey, 16);
  const std::string group = SupersedeGroupOf(Ana(), "acme", "digest", kHashKey);
  EXPECT_EQ(group.size(), 16u);
  EXPECT_EQ(group, SupersedeGroupOf(Ana(), "acme", "digest", kHashKey));
  EXPECT_NE(group, SupersedeGroupOf(Ana(), "acme", "other", kHashKey));
  EXPECT_NE(group, SupersedeGroupOf(Ana(), "globex", "digest", kHashKey));
  EXPECT_NE(group, SupersedeGroupOf(bob, "acme", "digest", kHashKey));
}

}  // namespace
}  // namespace posthaste::api
