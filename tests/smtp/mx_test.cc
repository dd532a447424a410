#include "smtp/mx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/smtp/dns_wire.h"

namespace posthaste::smtp {
namespace {

using ::testing::ElementsAre;

class MxTest : public ::testing::Test {
 protected:
  MxPlan Plan(DnsAnswer::Code code, std::vector<std::string> records = {}) {
    return PlanMx("example.test", {code, std::move(records), "why"}, SystemRandom());
  }
  static std::vector<std::string> Names(const MxPlan& plan) {
    std::vector<std::string> names;
    for (const MxHost& host : plan.hosts) names.push_back(host.name);
    return names;
  }
};

TEST_F(MxTest, GoesByPreference) {
  const MxPlan plan = Plan(
      DnsAnswer::Code::kRecords,
      {WireMx(300, "C.Example.Test"), WireMx(5, "a.example.test"), WireMx(10, "b.example.test")});
  EXPECT_EQ(plan.kind, MxPlan::Kind::kHosts);
  EXPECT_THAT(Names(plan), ElementsAre("a.example.test", "b.example.test", "c.example.test"));
}

TEST_F(MxTest, ShufflesThoseOfEqualPreference) {
  std::set<std::string> first;
  for (int i = 0; i < 100; ++i) {
    const MxPlan plan = Plan(DnsAnswer::Code::kRecords,
                             {WireMx(1, "a"), WireMx(1, "b"), WireMx(1, "c"), WireMx(2, "d")});
    first.insert(plan.hosts.front().name);
    EXPECT_EQ(plan.hosts.back().name, "d");
  }
  EXPECT_THAT(first, ElementsAre("a", "b", "c"));
}

TEST_F(MxTest, ADomainWithoutMxIsItsOwnExchanger) {
  const MxPlan plan = Plan(DnsAnswer::Code::kNoRecords);
  EXPECT_EQ(plan.kind, MxPlan::Kind::kHosts);
  EXPECT_THAT(Names(plan), ElementsAre("example.test"));
}

TEST_F(MxTest, ANullMxTakesNoMail) {
  EXPECT_EQ(Plan(DnsAnswer::Code::kRecords, {WireMx(0, "")}).kind, MxPlan::Kind::kNullMx);
  // Beside others it is a mistake (RFC 7505 3).
  EXPECT_THAT(Names(Plan(DnsAnswer::Code::kRecords, {WireMx(0, ""), WireMx(1, "a")})),
              ElementsAre("a"));
}

TEST_F(MxTest, TellsWhatIsNotFromWhatNobodyCouldSay) {
  EXPECT_EQ(Plan(DnsAnswer::Code::kNoName).kind, MxPlan::Kind::kNoDomain);
  EXPECT_EQ(Plan(DnsAnswer::Code::kFailed).kind, MxPlan::Kind::kLater);
}

TEST_F(MxTest, OfHundredsOnlyTheFirstTen) {
  std::vector<std::string> records;
  for (int i = 0; i < 150; ++i) records.push_back(WireMx(1000 - i, absl::StrCat("mx", i)));
  const MxPlan plan = Plan(DnsAnswer::Code::kRecords, records);
  EXPECT_EQ(plan.hosts.size(), kMxHostsMax);
  EXPECT_EQ(plan.hosts.front().name, "mx149");
}

TEST_F(MxTest, IgnoresRecordsThatMakeNoSense) {
  EXPECT_THAT(
      Names(Plan(DnsAnswer::Code::kRecords, {"", "x", WireMx(1, "bad name"), WireMx(1, "a")})),
      ElementsAre("a"));
  EXPECT_EQ(Plan(DnsAnswer::Code::kRecords, {"x"}).kind, MxPlan::Kind::kNoDomain);
}

TEST_F(MxTest, ReadsNamesWholeOrNotAtAll) {
  EXPECT_EQ(NameOf(WireName("MX1.Example.test")), "mx1.example.test");
  EXPECT_EQ(NameOf(WireName("")), "");
  EXPECT_EQ(NameOf(""), std::nullopt);
  EXPECT_EQ(NameOf("\5ab"), std::nullopt);
  EXPECT_EQ(NameOf(std::string("\2ab", 3)), std::nullopt);
  EXPECT_EQ(NameOf(std::string("\300\14\0", 3)), std::nullopt) << "compressed";
}

TEST_F(MxTest, ReadsAddressesOfBothFamilies) {
  DnsAnswer answer;
  answer.records = {std::string("\300\0\2\1", 4), std::string(15, '\0') + '\1', "bad"};
  const auto addresses = AddressesOf(answer);
  ASSERT_EQ(addresses.size(), 2U);
  EXPECT_EQ(addresses[0].to_string(), "192.0.2.1");
  EXPECT_EQ(addresses[1].to_string(), "::1");
}

}  // namespace
}  // namespace posthaste::smtp
