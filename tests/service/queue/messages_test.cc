#include "service/queue/messages.h"

#include <set>

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class MessagesTest : public LeaseTest {
 protected:
  Cancelled Cancel(const std::string& id, const std::string& tenant = "acme") {
    return Run(peer_.messages.Cancel(tenant, id)).value();
  }
  State Shown(const std::string& id) { return ShownState(View(id)); }

  std::vector<std::string> List(State state, int size, const std::string& tenant = "acme") {
    std::vector<std::string> ids;
    std::string token;
    do {
      const MessagePage page = Run(peer_.messages.ListByState(tenant, state, size, token)).value();
      EXPECT_LE(page.messages.size(), static_cast<size_t>(size));
      for (const MessageView& view : page.messages) ids.push_back(view.id);
      token = page.next;
    } while (!token.empty());
    return ids;
  }
};

TEST_F(MessagesTest, DoNotExistForAnotherTenant) {
  const std::string id = AddJob();
  EXPECT_EQ(Shown(id), v1::Message::QUEUED);
  EXPECT_THAT(View(id).record.sealed, IsEmpty());
  EXPECT_FALSE(Run(peer_.messages.Get("other", id)).value().has_value());
  EXPECT_FALSE(Run(peer_.messages.Get("acme", "nonsense")).value().has_value());
  EXPECT_EQ(Cancel(id, "other"), Cancelled::kNotFound);
  EXPECT_EQ(Shown(id), v1::Message::QUEUED);
}

TEST_F(MessagesTest, CancelledBeforeALeaseAreOutAtOnce) {
  const std::string id = AddJob();
  EXPECT_EQ(Cancel(id), Cancelled::kDone);
  EXPECT_EQ(Shown(id), v1::Message::CANCELLED);
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(Cancel(id), Cancelled::kDone) << "again";
  EXPECT_NE(Server().Call({"XRANGE", keys_.Events(0), "-", "+"}).find("\n9\n"), std::string::npos);
}

TEST_F(MessagesTest, CancelledDuringALeaseAreRefusedByTheFence) {
  const std::string id = AddJob();
  const Lease lease = ClaimOne().lease;
  EXPECT_EQ(Cancel(id), Cancelled::kRequested);
  EXPECT_EQ(Fence(lease), Fenced::kCancelled);
  EXPECT_EQ(Settle(End(lease, v1::Message::CANCELLED)), Settled::kDone);
  EXPECT_EQ(Shown(id), v1::Message::CANCELLED);
}

TEST_F(MessagesTest, CancelledAfterTheDotAreTooLate) {
  const std::string id = AddJob();
  const Lease lease = ClaimOne().lease;
  EXPECT_EQ(Fence(lease), Fenced::kPass);
  EXPECT_EQ(Cancel(id), Cancelled::kTooLate);
  EXPECT_EQ(Settle(End(lease, v1::Message::ACCEPTED)), Settled::kDone);
  EXPECT_EQ(Cancel(id), Cancelled::kTooLate);
  EXPECT_EQ(Shown(id), v1::Message::ACCEPTED);
}

TEST_F(MessagesTest, CancelledThenGivenBackEndCancelledAndReplaysKnowIt) {
  for (const bool release : {false, true}) {
    const std::string id = AddJob();
    const Lease lease = ClaimOne().lease;
    EXPECT_EQ(Cancel(id), Cancelled::kRequested);
    const Settlement settlement = release ? Release(lease) : Retry(lease);
    EXPECT_EQ(Settle(settlement), Settled::kCancelled);
    EXPECT_EQ(Shown(id), v1::Message::CANCELLED);
    EXPECT_EQ(Settle(settlement), Settled::kAlready);
    EXPECT_THAT(Claim(), IsEmpty());
  }
}

TEST_F(MessagesTest, TheCauseInTheHeadMakesACancelledJobSuperseded) {
  const std::string id = AddJob();
  const Lease lease = ClaimOne().lease;
  EXPECT_EQ(Cancel(id), Cancelled::kRequested);
  Server().Call({"SETRANGE", keys_.Message(0, id), "3", "\x01"});
  EXPECT_EQ(Settle(Retry(lease)), Settled::kCancelled);
  EXPECT_EQ(Shown(id), v1::Message::SUPERSEDED);
}

TEST_F(MessagesTest, TheCancelBitOutlivesALostLease) {
  const std::string id = AddJob();
  ClaimOne();
  EXPECT_EQ(Cancel(id), Cancelled::kRequested);
  Server().MoveClock(absl::Seconds(31));
  EXPECT_EQ(Fence(ClaimOne().lease), Fenced::kCancelled);
}

TEST_F(MessagesTest, CancelledAfterALostLeaseAreOutAtOnceAndTheOldHolderIsRefused) {
  const std::string id = AddJob();
  const Lease lost = ClaimOne().lease;
  Server().MoveClock(absl::Seconds(31));
  EXPECT_EQ(Cancel(id), Cancelled::kDone);
  EXPECT_EQ(Fence(lost), Fenced::kLost);
  EXPECT_EQ(Settle(End(lost, v1::Message::ACCEPTED)), Settled::kStale);
}

TEST_F(MessagesTest, CancelledInDoubtAreNotTriedAgainAndEndUncertain) {
  const std::string id = AddJob();
  Settlement doubt = Retry(ClaimOne().lease);
  doubt.uncertain = 1;
  EXPECT_EQ(Settle(doubt), Settled::kDone);
  EXPECT_EQ(Cancel(id), Cancelled::kTooLate);
  EXPECT_EQ(Shown(id), v1::Message::UNCERTAIN);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_F(MessagesTest, RacingCancelAndFenceHaveOneWinner) {
  Peer other(loop_, Server(), keys_);
  for (int i = 0; i < 300; ++i) {
    const std::string id = AddJob();
    const Lease lease = ClaimOne().lease;
    // Cancel reads first: so that either may come first, the fence waits for that in some rounds.
    std::optional<FenceCall> fence;
    if (i % 3 == 0) fence.emplace(other.leases.StartFence(lease));
    const Cancelled cancelled = Cancel(id);
    if (!fence.has_value()) fence.emplace(other.leases.StartFence(lease));
    const Fenced fenced = Run(fence->Wait()).value();
    EXPECT_EQ(fenced == Fenced::kPass, cancelled == Cancelled::kTooLate);
    Settle(End(lease, v1::Message::CANCELLED));
  }
}

TEST_F(MessagesTest, AreListedByLiveState) {
  AddJobs({}, 30);
  JobOptions elsewhere;
  elsewhere.shard = 2;
  elsewhere.mail_class = MailClass::kGeneral;
  AddJobs(elsewhere, 450);
  JobOptions stranger;
  stranger.tenant = "other";
  AddJobs(stranger, 20);
  const std::vector<LeasedJob> held = Claim(50);
  ASSERT_THAT(held, SizeIs(50));
  std::vector<Settlement> retries;
  for (const LeasedJob& job : held) {
    if (job.lease.tenant == "acme") retries.push_back(Retry(job.lease, absl::Hours(1)));
  }
  retries.resize(10);
  Run(peer_.leases.Settle(retries)).value();

  EXPECT_THAT(List(v1::Message::SENDING, 7), SizeIs(20));
  EXPECT_THAT(List(v1::Message::DEFERRED, 3), SizeIs(10));
  EXPECT_THAT(List(v1::Message::SENDING, 7, "other"), SizeIs(20));
  const std::vector<std::string> queued = List(v1::Message::QUEUED, 200);
  EXPECT_THAT(queued, SizeIs(450));
  EXPECT_THAT(std::set<std::string>(queued.begin(), queued.end()), SizeIs(450));
  EXPECT_FALSE(Run(peer_.messages.ListByState("acme", v1::Message::ACCEPTED, 5, "")).ok());
  EXPECT_FALSE(Run(peer_.messages.ListByState("acme", v1::Message::QUEUED, 5, "x/y")).ok());
}

TEST_F(MessagesTest, ParkedOnesAreListedAndCanBeCancelled) {
  JobOptions notice;
  notice.mail_class = MailClass::kNotice;
  const std::vector<std::string> ids = AddJobs(notice, 5);
  for (const LeasedJob& job : Claim(5)) EXPECT_EQ(Settle(Park(job.lease)), Settled::kDone);
  EXPECT_THAT(List(v1::Message::PARKED, 2), SizeIs(5));
  EXPECT_THAT(List(v1::Message::PARKED, 2, "other"), IsEmpty());
  EXPECT_EQ(Cancel(ids[0]), Cancelled::kDone);
  EXPECT_THAT(List(v1::Message::PARKED, 2), SizeIs(4));
}

TEST_F(MessagesTest, AreListedByRecipientNewestFirst) {
  const std::vector<std::string> ids = AddJobs({}, 25);
  const std::string hash(16, 'h');
  Packer stored;
  stored.U8(1).U8(0).U8(0).U48(RedisNow() + 1000);
  std::string bytes = stored.bytes() + Packer().U48(900).bytes() + std::string(20, '0');
  for (size_t i = 0; i < ids.size(); ++i) {
    // Five of each time.
    bytes += Packer().U48(1000 + static_cast<int64_t>(i) / 5).bytes() + ids[i].substr(3);
  }
  redis::Command set("SET", keys_.Recipient(0, hash), bytes);
  ASSERT_TRUE(Run(peer_.client->Call(std::move(set))).ok());
  std::vector<std::string> listed;
  std::string token;
  do {
    const MessagePage page = Run(peer_.messages.ListByRecipient("acme", 0, hash, 4, token)).value();
    for (const MessageView& view : page.messages) listed.push_back(view.id);
    token = page.next;
  } while (!token.empty());
  EXPECT_THAT(listed, SizeIs(25));
  EXPECT_THAT(std::set<std::string>(listed.begin(), listed.end()), SizeIs(25));
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.begin() + 5),
            std::set<std::string>(ids.end() - 5, ids.end()));
  EXPECT_FALSE(Run(peer_.messages.ListByRecipient("acme", 0, hash, 4, "nonsense")).ok());
}

}  // namespace
}  // namespace posthaste::queue
