#include "service/queue/events.h"

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EventsTest : public LeaseTest {
 protected:
  using Subscription = EventTailer::Subscription;

  std::unique_ptr<Subscription> Subscribe(const std::string& id, size_t max = 100,
                                          const std::string& tenant = "acme") {
    return Run(tailer_.Subscribe(tenant, id, max)).value();
  }

  // States that were told, until there are `count` or nothing came for a while.
  std::vector<int> States(Subscription& subscription, size_t count) {
    std::vector<int> states;
    while (states.size() < count) {
      const Subscription::News news = Run(subscription.Next(absl::Seconds(5)));
      if (news.events.empty()) break;
      for (const Event& event : news.events) states.push_back(event.state);
    }
    return states;
  }

  EventTailer tailer_{loop_, *peer_.client, keys_};
};

TEST_F(EventsTest, TellEachChangeOfAMessageInOrder) {
  const std::string id = AddJob();
  AddJob();
  EXPECT_FALSE(tailer_.running());
  const std::unique_ptr<Subscription> mine = Subscribe(id);
  const std::unique_ptr<Subscription> all = Subscribe("");
  const std::unique_ptr<Subscription> strangers = Subscribe("", 100, "other");
  for (int i = 0; i < 2; ++i) {
    for (const LeasedJob& job : Claim(2)) {
      EXPECT_EQ(Settle(i == 0 ? Retry(job.lease) : End(job.lease, v1::Message::ACCEPTED)),
                Settled::kDone);
    }
  }
  EXPECT_THAT(States(*mine, 2), ElementsAre(v1::Message::DEFERRED, v1::Message::ACCEPTED));
  EXPECT_THAT(States(*all, 4), ::testing::SizeIs(4));
  EXPECT_THAT(Run(strangers->Next(absl::Milliseconds(1))).events, IsEmpty());
}

TEST_F(EventsTest, MissNothingAfterSubscribing) {
  for (int i = 0; i < 30; ++i) {
    const std::string id = AddJob();
    const Lease lease = ClaimOne().lease;
    const std::unique_ptr<Subscription> mine = Subscribe(id);
    EXPECT_EQ(Settle(End(lease, v1::Message::BOUNCED)), Settled::kDone);
    EXPECT_THAT(States(*mine, 1), ElementsAre(v1::Message::BOUNCED));
  }
}

TEST_F(EventsTest, AreNotReadWhileNobodyListens) {
  { const std::unique_ptr<Subscription> mine = Subscribe("m00x"); }
  EXPECT_TRUE(redis::RunUntil(loop_, [this] { return !tailer_.running(); }));
  const std::string id = AddJob();
  const std::unique_ptr<Subscription> mine = Subscribe(id);
  EXPECT_TRUE(tailer_.running());
  EXPECT_EQ(Run(peer_.messages.Cancel("acme", id)).value(), Cancelled::kDone);
  EXPECT_THAT(States(*mine, 1), ElementsAre(v1::Message::CANCELLED));
}

TEST_F(EventsTest, ASubscriberThatDoesNotKeepUpIsToldToReadAgain) {
  const std::unique_ptr<Subscription> slow = Subscribe("", 3);
  const std::unique_ptr<Subscription> quick = Subscribe("", 100);
  AddJobs({}, 5);
  std::vector<Settlement> ends;
  for (const LeasedJob& job : Claim(5)) ends.push_back(End(job.lease, v1::Message::ACCEPTED));
  Run(peer_.leases.Settle(ends)).value();
  EXPECT_THAT(States(*quick, 5), ::testing::SizeIs(5));
  const Subscription::News news = Run(slow->Next(absl::Seconds(5)));
  EXPECT_TRUE(news.reread);
  EXPECT_LE(news.events.size(), 3u);
}

TEST_F(EventsTest, GoOnAfterTheConnectionWasLost) {
  const std::string id = AddJob();
  const std::unique_ptr<Subscription> mine = Subscribe(id);
  Server().Call({"CLIENT", "KILL", "TYPE", "normal"});
  Peer other(loop_, Server(), keys_);
  EXPECT_EQ(Run(other.messages.Cancel("acme", id)).value(), Cancelled::kDone);
  EXPECT_THAT(States(*mine, 1), ElementsAre(v1::Message::CANCELLED));
}

TEST_F(EventsTest, GoOnBehindALineThatIsNoEvent) {
  const std::string id = AddJob();
  const std::unique_ptr<Subscription> mine = Subscribe(id);
  const int shard = *ParseId('m', id, kShards);
  for (int i = 0; i < 1000; ++i)
    Server().Call({"XADD", keys_.Events(shard), "*", "i", id, "s", "odd", "t", "acme"});
  EXPECT_EQ(Run(peer_.messages.Cancel("acme", id)).value(), Cancelled::kDone);
  EXPECT_THAT(States(*mine, 1), ElementsAre(v1::Message::CANCELLED));
}

TEST_F(EventsTest, EndWithTheTailer) {
  auto tailer = std::make_unique<EventTailer>(loop_, *peer_.client, keys_);
  const auto mine = Run(tailer->Subscribe("acme", "", 10)).value();
  tailer.reset();
  EXPECT_TRUE(Run(mine->Next(absl::Seconds(5))).ended);
}

}  // namespace
}  // namespace posthaste::queue
