#include "service/api/limits.h"

#include <gtest/gtest.h>

#include "service/api/fields.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

Person Ana() { return PersonOf(*ParseMailbox("ana@example.com"), "acme", kHashKey, 16); }

SendOrder From(const char* ip) {
  SendOrder order;
  order.client_network = NetworkOf(ip);
  return order;
}

TEST(Limits, CountARecipientByTheHourAndTheDayUnderOneKey) {
  const std::vector<queue::RateLimit> rates =
      RecipientLimits(Ana(), queue::MailClass::kCode, TestConfig());
  ASSERT_EQ(rates.size(), 2u);
  EXPECT_EQ(LimitWord(rates[0].name), "recipient_hour");
  EXPECT_EQ(rates[0].count, 10);
  EXPECT_EQ(rates[0].period, absl::Hours(1));
  EXPECT_EQ(LimitWord(rates[1].name), "recipient_day");
  EXPECT_EQ(rates[1].count, 30);
  EXPECT_EQ(rates[1].period, absl::Hours(24));
  EXPECT_EQ(rates[0].key, Ana().bucket_hash) << "where the rest of the recipient lies";
  EXPECT_EQ(rates[1].key, rates[0].key);
}

TEST(Limits, CountEachMailClassByItself) {
  const auto name = [](queue::MailClass mail_class) {
    return RecipientLimits(Ana(), mail_class, TestConfig()).at(0).name;
  };
  EXPECT_NE(name(queue::MailClass::kCode), name(queue::MailClass::kNotice));
  EXPECT_NE(name(queue::MailClass::kNotice), name(queue::MailClass::kGeneral));
}

TEST(Limits, CountAClientByItsNetworkWithinTheTenant) {
  const auto key = [](const char* ip, const char* tenant) {
    return ClientLimits(From(ip), tenant, TestConfig(), kHashKey).at(0).key;
  };
  const std::vector<queue::RateLimit> rates =
      ClientLimits(From("192.0.2.1"), "acme", TestConfig(), kHashKey);
  ASSERT_EQ(rates.size(), 1u);
  EXPECT_EQ(rates[0].name, "client_hour");
  EXPECT_EQ(rates[0].count, 30);
  EXPECT_EQ(rates[0].period, absl::Hours(1));
  EXPECT_EQ(key("2001:db8::1", "acme"), key("2001:db8::2", "acme"));
  EXPECT_NE(key("192.0.2.1", "acme"), key("192.0.2.2", "acme"));
  EXPECT_NE(key("192.0.2.1", "acme"), key("192.0.2.1", "globex"));
}

TEST(Limits, AreLeftOutWhereThereIsNoneOrNobodyToCount) {
  config::v1::Config config = TestConfig();
  config.mutable_limits()->set_sends_per_recipient_hour(-1);
  EXPECT_EQ(RecipientLimits(Ana(), queue::MailClass::kCode, config).size(), 1u);
  config.mutable_limits()->set_sends_per_recipient_day(-1);
  EXPECT_TRUE(RecipientLimits(Ana(), queue::MailClass::kCode, config).empty());
  config.mutable_limits()->set_sends_per_client_hour(-1);
  EXPECT_TRUE(ClientLimits(From("192.0.2.1"), "acme", config, kHashKey).empty());
  EXPECT_TRUE(ClientLimits(SendOrder(), "acme", TestConfig(), kHashKey).empty());
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
