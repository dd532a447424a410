#include "smtp/exchangers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "smtp/address_guard.h"
#include "tests/smtp/dns_wire.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/run_task.h"

namespace posthaste::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ExchangersTest : public ::testing::Test {
 protected:
  ExchangersTest() {
    options_.id = "mx";
    options_.direct = true;
  }

  void Mx(const std::string& name, int preference, const std::string& host) {
    Add(name, DnsType::kMx, WireMx(preference, host));
    answers_.try_emplace({name, DnsType::kA}, DnsAnswer{DnsAnswer::Code::kNoRecords, {}, ""});
  }
  void Address(const std::string& name, const std::string& address) {
    const bool v4 = boost::asio::ip::make_address(address).is_v4();
    Add(name, v4 ? DnsType::kA : DnsType::kAaaa, WireAddress(address));
  }
  void Add(const std::string& name, DnsType type, std::string data) {
    DnsAnswer& answer = answers_[{name, type}];
    answer.code = DnsAnswer::Code::kRecords;
    answer.records.push_back(std::move(data));
  }
  void Fails(const std::string& name, DnsType type) {
    answers_[{name, type}] = {DnsAnswer::Code::kFailed, {}, "SERVFAIL"};
  }

  Task<DnsAnswer> Answer(std::string name, DnsType type) {
    ++asked_;
    const auto found = answers_.find({name, type});
    if (found != answers_.end()) co_return found->second;
    bool exists = false;
    for (const auto& [key, answer] : answers_) exists = exists || key.first == name;
    co_return DnsAnswer{exists ? DnsAnswer::Code::kNoRecords : DnsAnswer::Code::kNoName, {}, ""};
  }

  Exchangers Find(const std::string& domain = "a.test", const std::string& again = "") {
    const auto relay = std::make_shared<Relay>(options_, clock_);
    const DnsLookUp look_up = [this](std::string name, DnsType type, SteadyTime deadline) {
      deadlines_[type] = deadline;
      return Answer(std::move(name), type);
    };
    const ExchangerFinder finder =
        FindByDns(look_up, std::make_shared<Sites>(clock_), ExchangerOptions(), clock_, random_);
    return RunTask(loop_, finder(relay, domain, again, clock_.Steady() + std::chrono::seconds(10)));
  }
  static std::vector<std::string> Places(const Exchangers& found) {
    std::vector<std::string> places;
    for (const auto& host : found.hosts) {
      for (const auto& address : host->options().addresses) {
        places.push_back(absl::StrCat(host->options().host, " ", address.to_string()));
      }
    }
    return places;
  }
  static void ExpectBounced(const Exchangers& found, FailureClass why, const std::string& said) {
    EXPECT_TRUE(found.hosts.empty());
    EXPECT_EQ(found.failed.ending, Ending::kJudged);
    EXPECT_EQ(found.failed.outcome.verdict, Verdict::kBounced);
    EXPECT_EQ(FailureClassName(found.failed.outcome.failure_class), FailureClassName(why));
    EXPECT_THAT(found.failed.transcript, HasSubstr(said));
    EXPECT_EQ(found.failed.relay, "mx");
  }
  static void ExpectLater(const Exchangers& found) {
    EXPECT_TRUE(found.hosts.empty());
    EXPECT_EQ(found.failed.ending, Ending::kRelayFailed);
    EXPECT_EQ(found.failed.outcome.verdict, Verdict::kDeferred);
    EXPECT_EQ(found.failed.outcome.failure_class, FailureClass::kDnsFailure);
    EXPECT_THAT(found.failed.transcript, HasSubstr("SERVFAIL"));
  }

  Loop loop_;
  FakeClock clock_;
  FakeRandom random_;
  RelayOptions options_;
  std::map<std::pair<std::string, DnsType>, DnsAnswer> answers_;
  int asked_ = 0;
  std::map<DnsType, SteadyTime> deadlines_;  // Of the last question of the type.
};

TEST_F(ExchangersTest, AreInTheirOrderWithTheirAddresses) {
  Mx("a.test", 20, "mx2.a.test");
  Mx("a.test", 10, "mx1.a.test");
  Address("mx1.a.test", "8.8.8.1");
  Address("mx1.a.test", "2001:4860::1");
  Address("mx2.a.test", "8.8.8.2");
  EXPECT_THAT(Places(Find()),
              ElementsAre("mx1.a.test 2001:4860::1", "mx1.a.test 8.8.8.1", "mx2.a.test 8.8.8.2"));
}

TEST_F(ExchangersTest, FiveAddressesAreEnough) {
  for (int host = 0; host < 4; ++host) {
    Mx("a.test", host, absl::StrCat("mx", host, ".a.test"));
    for (int i = 0; i < 2; ++i) {
      Address(absl::StrCat("mx", host, ".a.test"), absl::StrCat("8.8.", host, ".", i));
    }
  }
  EXPECT_EQ(Places(Find()).size(), 5U);
}

TEST_F(ExchangersTest, ADomainWithoutMxIsItsOwn) {
  Address("a.test", "8.8.8.1");
  EXPECT_THAT(Places(Find()), ElementsAre("a.test 8.8.8.1"));
}

TEST_F(ExchangersTest, WhatIsNotThereOrTakesNoMailBounces) {
  ExpectBounced(Find("none.test"), FailureClass::kBadDomain, "no such domain");
  Mx("null.test", 0, "");
  ExpectBounced(Find("null.test"), FailureClass::kNullMx, "takes no mail");
  Mx("lost.test", 0, "nowhere.test");
  ExpectBounced(Find("lost.test"), FailureClass::kBadDomain, "no exchanger has an address");
}

TEST_F(ExchangersTest, WhatNobodyCouldSayWaits) {
  Fails("a.test", DnsType::kMx);
  ExpectLater(Find());
  Mx("b.test", 0, "mx.b.test");
  Fails("mx.b.test", DnsType::kA);
  ExpectLater(Find("b.test"));
}

TEST_F(ExchangersTest, OneFamilyIsEnoughIfTheOtherCannotBeLookedUp) {
  Mx("a.test", 0, "mx.a.test");
  Fails("mx.a.test", DnsType::kAaaa);
  Address("mx.a.test", "8.8.8.1");
  EXPECT_THAT(Places(Find()), ElementsAre("mx.a.test 8.8.8.1"));
}

TEST_F(ExchangersTest, WaitForTheAnswerAboutIpv6NotForLongWhereThereIsIpv4) {
  Mx("a.test", 0, "mx.a.test");
  Address("mx.a.test", "8.8.8.1");
  Find();
  EXPECT_EQ(deadlines_[DnsType::kA], clock_.Steady() + std::chrono::seconds(10));
  EXPECT_EQ(deadlines_[DnsType::kAaaa], clock_.Steady() + std::chrono::seconds(2));
  Mx("b.test", 0, "mx.b.test");
  Address("mx.b.test", "2001:4860::1");
  Find("b.test");
  EXPECT_EQ(deadlines_[DnsType::kAaaa], clock_.Steady() + std::chrono::seconds(10));
}

TEST_F(ExchangersTest, AliasesThatRunInACircleBounce) {
  Fails("a.test", DnsType::kMx);
  Add("a.test", DnsType::kCname, WireName("b.test"));
  Add("b.test", DnsType::kCname, WireName("c.test"));
  Add("c.test", DnsType::kCname, WireName("a.test"));
  ExpectBounced(Find(), FailureClass::kBadDomain, "in a circle");
}

TEST_F(ExchangersTest, PrivateAddressesAreNotAllowedUnlessTheRelayAllowsThem) {
  Mx("a.test", 0, "mx.a.test");
  for (const char* address : {"10.0.0.1", "127.0.0.1", "169.254.1.1", "fe80::1"}) {
    Address("mx.a.test", address);
  }
  ExpectBounced(Find(), FailureClass::kBadDomain, "not allowed");
  options_.allow_private = true;
  EXPECT_EQ(Places(Find()).size(), 4U);
}

TEST_F(ExchangersTest, OfBothKindsOnlyPublicAddressesAreUsed) {
  Mx("a.test", 0, "mx.a.test");
  Address("mx.a.test", "10.0.0.1");
  Address("mx.a.test", "8.8.8.1");
  EXPECT_THAT(Places(Find()), ElementsAre("mx.a.test 8.8.8.1"));
}

TEST_F(ExchangersTest, BehindOurselvesNobodyIsAsked) {
  Mx("a.test", 10, "mx1.a.test");
  Mx("a.test", 20, "us.a.test");
  Mx("a.test", 30, "mx3.a.test");
  Address("mx1.a.test", "8.8.8.1");
  Address("us.a.test", "127.0.0.1");
  Address("mx3.a.test", "8.8.8.3");
  ASSERT_TRUE(IsOurs(boost::asio::ip::make_address("127.0.0.1")));
  EXPECT_THAT(Places(Find()), ElementsAre("mx1.a.test 8.8.8.1"));
}

TEST_F(ExchangersTest, ADomainWithHundredsAsksForLittle) {
  for (int i = 0; i < 150; ++i) Mx("a.test", i, absl::StrCat("none", i, ".test"));
  ExpectBounced(Find(), FailureClass::kBadDomain, "no exchanger has an address");
  EXPECT_EQ(asked_, 1 + 2 * 10);
}

TEST_F(ExchangersTest, BeginWithTheAddressWhereTheMessageWasGreylisted) {
  Mx("a.test", 10, "mx1.a.test");
  Mx("a.test", 20, "mx2.a.test");
  Address("mx1.a.test", "8.8.8.1");
  Address("mx2.a.test", "8.8.8.2");
  EXPECT_THAT(Places(Find("a.test", "8.8.8.2:25")),
              ElementsAre("mx2.a.test 8.8.8.2", "mx1.a.test 8.8.8.1"));
}

}  // namespace
}  // namespace posthaste::smtp
