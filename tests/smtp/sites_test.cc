#include "smtp/sites.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/fake_clock.h"

namespace posthaste::smtp {
namespace {

class SitesTest : public ::testing::Test {
 protected:
  SitesTest() {
    options_.id = "mx";
    options_.direct = true;
    options_.limits.sessions_max = 4;
  }

  std::vector<std::shared_ptr<Relay>> Hosts(const std::string& domain,
                                            std::vector<std::string> names,
                                            const std::string& address = "192.0.2.1") {
    const Relay relay(options_, clock_);
    std::vector<Exchanger> exchangers;
    for (std::string& name : names) {
      exchangers.push_back({std::move(name), {boost::asio::ip::make_address(address)}});
    }
    return sites_.Hosts(relay, domain, exchangers);
  }

  FakeClock clock_;
  RelayOptions options_;
  Sites sites_{clock_};
};

TEST_F(SitesTest, AHostHasItsRelaysSettingsAndItsOwnPlace) {
  const auto hosts = Hosts("a.test", {"mx1.a.test", "mx2.a.test"});
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts[0]->options().id, "mx");
  EXPECT_EQ(hosts[0]->options().host, "mx1.a.test");
  EXPECT_EQ(hosts[1]->options().session.tls_name, "mx2.a.test");
  EXPECT_EQ(hosts[0]->options().addresses.size(), 1U);
  EXPECT_FALSE(hosts[0]->options().direct);
  EXPECT_NE(hosts[0]->options().session.memory, hosts[1]->options().session.memory);
}

TEST_F(SitesTest, TheHostsOfASiteHaveTheirLimitsTogether) {
  const auto hosts = Hosts("a.test", {"mx1.a.test", "mx2.a.test"});
  EXPECT_EQ(&hosts[0]->governor(), &hosts[1]->governor());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(hosts[i % 2]->governor().Begin(Urgency::kCode, false).answer,
              Governor::Answer::kGranted);
  }
  EXPECT_EQ(hosts[0]->governor().Begin(Urgency::kCode, false).answer, Governor::Answer::kBusy);
}

TEST_F(SitesTest, DomainsWithTheSameExchangersAreOneSiteAndOthersAreNot) {
  const auto a = Hosts("a.test", {"mx1.host.test", "mx2.host.test"});
  const auto b = Hosts("b.test", {"mx2.host.test", "mx1.host.test"});
  EXPECT_EQ(a[0], b[1]);
  const auto c = Hosts("c.test", {"mx.c.test"});
  EXPECT_NE(&a[0]->governor(), &c[0]->governor());
}

TEST_F(SitesTest, AProviderIsOneSiteWhateverItsExchangersAndDomains) {
  const auto a = Hosts("gmail.com", {"gmail-smtp-in.l.google.com"});
  const auto b = Hosts("company.test", {"aspmx.l.google.com"});
  EXPECT_NE(a[0], b[0]);
  EXPECT_EQ(&a[0]->governor(), &b[0]->governor());
}

TEST_F(SitesTest, AProviderMayHaveItsOwnLimits) {
  options_.providers["gmail"] = {1, 7, 0};
  const auto gmail = Hosts("gmail.com", {"gmail-smtp-in.l.google.com"});
  EXPECT_EQ(gmail[0]->options().transactions_max, 7);
  EXPECT_EQ(gmail[0]->governor().Begin(Urgency::kCode, false).answer, Governor::Answer::kGranted);
  EXPECT_EQ(gmail[0]->governor().Begin(Urgency::kCode, false).answer, Governor::Answer::kBusy);
  EXPECT_EQ(Hosts("a.test", {"mx.a.test"})[0]->options().transactions_max, 100);
}

TEST_F(SitesTest, AnotherAddressIsAnotherRelayOfTheSameSite) {
  const auto before = Hosts("a.test", {"mx.a.test"});
  const auto after = Hosts("a.test", {"mx.a.test"}, "192.0.2.2");
  EXPECT_NE(before[0], after[0]);
  EXPECT_EQ(&before[0]->governor(), &after[0]->governor());
  EXPECT_EQ(Hosts("a.test", {"mx.a.test"})[0], before[0]);
}

TEST_F(SitesTest, ForgetsThoseThatWereNotUsedForLongest) {
  const std::weak_ptr<Relay> first = Hosts("first.test", {"mx.first.test"})[0];
  const std::weak_ptr<Relay> busy = Hosts("busy.test", {"mx.busy.test"})[0];
  busy.lock()->governor().Begin(Urgency::kCode, false);
  for (size_t i = 0; i < Sites::kHostsMax; ++i) {
    clock_.Advance(absl::Milliseconds(1));
    Hosts(absl::StrCat(i, ".test"), {absl::StrCat("mx.", i, ".test")});
  }
  EXPECT_TRUE(first.expired());
  EXPECT_FALSE(busy.expired()) << "has a session";
}

}  // namespace
}  // namespace posthaste::smtp
