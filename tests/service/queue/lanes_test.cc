// Tenants taking turns, and the rings that name their lanes (scripts/claim.lua).

#include <map>

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Lanes : public LeaseTest {
 protected:
  std::vector<std::string> AddNotices(const std::string& tenant, int count,
                                      absl::Duration delay = absl::ZeroDuration()) {
    JobOptions options;
    options.tenant = tenant;
    options.mail_class = MailClass::kNotice;
    options.delay = delay;
    options.sealed = "s";
    return AddJobs(options, count);
  }

  // Many at once, written by the server itself.
  void Fill(const std::string& tenant, int count) {
    const std::string id = AddNotices(tenant, 1).front();
    for (int from = 2; from <= count; from += 10'000) {
      redis::Command fill("EVAL",
                          "local record = redis.call('GET', KEYS[1]) "
                          "local score = redis.call('ZSCORE', KEYS[2], ARGV[1]) "
                          "for i = ARGV[2], ARGV[3] do redis.call('SET', KEYS[1] .. i, record) "
                          "redis.call('ZADD', KEYS[2], score, ARGV[1] .. i) end return 1",
                          2, keys_.Message(0, id), keys_.Lane(0, MailClass::kNotice, tenant), id,
                          from, std::min(count, from + 9'999));
      ASSERT_TRUE(Run(peer_.client->Call(std::move(fill))).ok());
    }
    ASSERT_EQ(Server().Call({"ZCARD", keys_.Lane(0, MailClass::kNotice, tenant)}),
              std::to_string(count));
  }

  std::map<std::string, int> ByTenant(const std::vector<LeasedJob>& jobs) {
    std::map<std::string, int> count;
    for (const LeasedJob& job : jobs) ++count[job.lease.tenant];
    return count;
  }

  std::string RingSize() { return Server().Call({"ZCARD", keys_.Ring(0, MailClass::kNotice)}); }
};

TEST_F(Lanes, ATenantWithOneJobStartsWithinATurnOfEachLane) {
  Fill("a", 100'000);
  EXPECT_THAT(Claim(64), SizeIs(64));
  AddNotices("b", 1);
  std::map<std::string, int> count;
  int before = 0;
  for (int claim = 0; claim < 20 && count["b"] == 0; ++claim) {
    for (const LeasedJob& job : Claim(4)) {
      before += count["b"] == 0 && job.lease.tenant == "a" ? 1 : 0;
      ++count[job.lease.tenant];
    }
  }
  EXPECT_EQ(count["b"], 1);
  EXPECT_LE(before, 2 * kQuantum);
}

TEST_F(Lanes, ServeInTurnsAndLeaveNoRoomUnused) {
  AddNotices("a", 100);
  AddNotices("b", 100);
  AddNotices("c", 3);
  const std::map<std::string, int> first = ByTenant(Claim(19));
  EXPECT_EQ(first, (std::map<std::string, int>{{"a", 8}, {"b", 8}, {"c", 3}}));
  const std::map<std::string, int> next = ByTenant(Claim(100));
  EXPECT_EQ(next.at("a") + next.at("b"), 100);
  EXPECT_LE(std::abs(next.at("a") - next.at("b")), kQuantum);
}

TEST_F(Lanes, SingleClaimsAlternateBetweenTenants) {
  AddNotices("a", 50);
  AddNotices("b", 50);
  std::map<std::string, int> count;
  for (int i = 0; i < 40; ++i) ++count[ClaimOne().lease.tenant];
  EXPECT_EQ(count["a"], 20);
  EXPECT_EQ(count["b"], 20);
}

TEST_F(Lanes, AreAllFoundWhenThereAreMoreThanAClaimKnows) {
  for (int i = 0; i < 100; ++i) AddNotices("tenant" + std::to_string(i), 2);
  std::map<std::string, int> count;
  for (int claim = 0; claim < 60; ++claim) {
    for (const LeasedJob& job : Claim(16)) ++count[job.lease.tenant];
  }
  EXPECT_THAT(count, SizeIs(100));
  for (const auto& [tenant, jobs] : count) EXPECT_EQ(jobs, 2) << tenant;
}

TEST_F(Lanes, LeaveTheRingWhenTheyAreEmptyAndComeBack) {
  AddNotices("a", 1);
  EXPECT_EQ(Settle(End(ClaimOne().lease, v1::Message::ACCEPTED)), Settled::kDone);
  Server().MoveClock(absl::Seconds(31));
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(RingSize(), "0");
  AddNotices("a", 1);
  EXPECT_THAT(Claim(), SizeIs(1));
}

TEST_F(Lanes, AreLookedAtWhenTheirNextJobIsDue) {
  AddNotices("a", 1, absl::Seconds(10));
  AddNotices("b", 1, absl::Seconds(20));
  EXPECT_THAT(Claim(8), IsEmpty());
  Server().MoveClock(absl::Seconds(11));
  EXPECT_EQ(ByTenant(Claim(8)), (std::map<std::string, int>{{"a", 1}}));
  Server().MoveClock(absl::Seconds(10));
  EXPECT_EQ(ByTenant(Claim(8)), (std::map<std::string, int>{{"b", 1}}));
}

TEST_F(Lanes, GiveBackARetryOnTimeAlsoWhenTheirRingLooksLater) {
  AddNotices("a", 1);
  AddNotices("a", 1, absl::Hours(1));
  const Lease lease = ClaimOne().lease;
  EXPECT_EQ(Settle(Retry(lease, absl::Seconds(5))), Settled::kDone);
  Server().MoveClock(absl::Seconds(6));
  EXPECT_EQ(ClaimOne().lease.id, lease.id);
}

TEST_F(Lanes, AWorkerThatKnowsOldLanesLearnsTheNewOnes) {
  Peer other(loop_, Server(), keys_);
  AddNotices("a", 1);
  EXPECT_THAT(Claim(other, 1), SizeIs(1));
  AddNotices("b", 1);
  const std::vector<LeasedJob> jobs = Claim(other, 1);
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].lease.tenant, "b");
  EXPECT_EQ(Run(other.leases.StartFence(jobs[0].lease).Wait()).value(), Fenced::kPass);
}

}  // namespace
}  // namespace posthaste::queue
