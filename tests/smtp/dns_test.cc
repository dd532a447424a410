#include "smtp/dns.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/str_cat.h"
#include "smtp/mx.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_dns.h"

namespace posthaste::smtp {
namespace {

class DnsTest : public ::testing::Test {
 protected:
  DnsTest() { dns_ = Dns::Create(loop_, {server_.server()}).value(); }
  DnsAnswer Ask(const std::string& name, DnsType type = DnsType::kMx,
                std::chrono::milliseconds limit = std::chrono::seconds(8)) {
    const DnsLookUp look_up = dns_->LookUpOn(loop_);
    return RunTask(loop_, look_up(name, type, SystemClock().Steady() + limit));
  }

  Loop loop_;
  ScriptedDns server_;
  std::unique_ptr<Dns> dns_;
};

TEST_F(DnsTest, GivesRecordsAsOnTheWire) {
  server_.Mx("a.example", 10, "MX.a.example");
  server_.Address("mx.a.example", "192.0.2.1");
  server_.Address("mx.a.example", "2001:db8::1");
  const MxPlan plan = PlanMx("a.example", Ask("a.example"), SystemRandom());
  ASSERT_EQ(plan.hosts.size(), 1U);
  EXPECT_EQ(plan.hosts[0].name, "mx.a.example");
  EXPECT_EQ(AddressesOf(Ask("mx.a.example", DnsType::kA))[0].to_string(), "192.0.2.1");
  EXPECT_EQ(AddressesOf(Ask("mx.a.example", DnsType::kAaaa))[0].to_string(), "2001:db8::1");
}

TEST_F(DnsTest, TellsWhatIsNotFromWhatNobodyCouldSay) {
  server_.Exists("empty.example");
  server_.Fails("broken.example");
  EXPECT_EQ(Ask("none.example").code, DnsAnswer::Code::kNoName);
  EXPECT_EQ(Ask("empty.example").code, DnsAnswer::Code::kNoRecords);
  const DnsAnswer broken = Ask("broken.example");
  EXPECT_EQ(broken.code, DnsAnswer::Code::kFailed);
  EXPECT_FALSE(broken.why.empty());
}

TEST_F(DnsTest, WaitsNoLongerThanItMay) {
  server_.IsMute("mute.example");
  const SteadyTime begin = SystemClock().Steady();
  const DnsAnswer mute = Ask("mute.example", DnsType::kMx, std::chrono::milliseconds(200));
  EXPECT_EQ(mute.code, DnsAnswer::Code::kFailed);
  EXPECT_EQ(mute.why, "no answer in time");
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::seconds(2));
}

TEST_F(DnsTest, AHundredExchangersComeWhole) {
  for (int i = 0; i < 150; ++i)
    server_.Mx("many.example", i, absl::StrCat("mx", i, ".many.example"));
  EXPECT_EQ(Ask("many.example").records.size(), 150U);
}

TEST_F(DnsTest, AsksOnceForWhatManyWantAlsoIfItMayNotBeKept) {
  server_.Mx("a.example", 10, "mx.a.example", /*ttl=*/0);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(Ask("a.example").code, DnsAnswer::Code::kRecords);
  EXPECT_LE(server_.asked("a.example"), 2);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(Ask("none.example").code, DnsAnswer::Code::kNoName);
  EXPECT_LE(server_.asked("none.example"), 2);
}

TEST_F(DnsTest, RefusesAServerThatIsNoAddress) {
  EXPECT_EQ(Dns::Create(loop_, {"ns.example.example"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::smtp
