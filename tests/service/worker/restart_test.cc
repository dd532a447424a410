// A restart with 100 000 messages due at once: what the relay is given stays within its bounds.
#include <gtest/gtest.h>

#include "service/redis/command.h"
#include "service/worker/worker.h"
#include "tests/service/worker/worker_fixture.h"

namespace posthaste::worker {
namespace {

class RestartTest : public RedisTest {
 protected:
  static constexpr int kMessages = 100'000;
  static constexpr int kSealed = 4'000;  // Of them, the oldest: far more than may go in the test.
  static constexpr int kSessions = 6;
  static constexpr int kRate = 150;
  // Of a place with the relay: short, so that most are turned back and come again. A sanitizer
  // would have no time left for anything else.
#ifdef PH_SANITIZED
  static constexpr absl::Duration kWait = absl::Seconds(1);
#else
  static constexpr absl::Duration kWait = absl::Milliseconds(100);
#endif

  RestartTest() : mini_(smtp::MiniRelay::Start(loop_)) {
    smtp::RelayOptions options = RelayAt(mini_->port(), kSessions)->options();
    options.limits.messages_per_second = kRate;
    options.wait_max = kWait;
    options.transactions_max = kMessages;
    relay_ = std::make_shared<smtp::Relay>(options, SystemClock());
    mails_.shared.routes["shop"] = {smtp::RouteStep{relay_}};
    mails_.shared.slots = 64;
  }
  ~RestartTest() override {
    for (const std::unique_ptr<Worker>& worker : workers_) Run(worker->Stop());
    mini_->Stop();
    Settle();
  }

  // As they lie there when the service was away while codes fell due. The keys of those that will
  // not have their turn are enough.
  void Fill() {
    ASSERT_TRUE(Run(store_->skeletons().Put(kSkeleton)).ok());
    const absl::Time now = store_->clock().Now();
    for (int shard = 0; shard < kShards; ++shard) {
      MailOptions options;
      options.shard = shard;
      redis::Command jobs("ZADD", store_->keys().Lane(shard, queue::MailClass::kCode, "shop"));
      redis::Command records("MSET");
      for (int i = 0; i < kMessages / kShards; ++i) {
        const std::string id = queue::NewId('m', shard, now, mails_.random);
        queue::Score score;
        score.visible_ms = ToMillis(now) - 60'000 + i;
        jobs.Add(queue::Pack(score)).Add(id);
        if (i >= kSealed / kShards) continue;
        const queue::Record record = mails_.Record(id, options, now);
        records.Add(store_->keys().Message(shard, id)).Add(queue::Encode(record, id));
      }
      ASSERT_TRUE(Run(store_->client().Call(std::move(jobs))).ok());
      ASSERT_TRUE(Run(store_->client().Call(std::move(records))).ok());
    }
  }

  // One of the process' loops, which share the relay.
  void Start() {
    stores_.push_back(NewStore());
    senders_.push_back(
        std::make_unique<smtp::Sender>(loop_, SystemClock(), smtp::TcpDialers(loop_)));
    workers_.push_back(std::make_unique<Worker>(loop_, *stores_.back(), *senders_.back(),
                                                mails_.Lent(), std::vector<int>{0, 1, 2, 3}));
    workers_.back()->Start();
  }

  // Jobs that somebody has claimed so far, or holds.
  int Touched() {
    int touched = 0;
    for (int shard = 0; shard < kShards; ++shard) {
      const std::string lane = store_->keys().Lane(shard, queue::MailClass::kCode, "shop");
      const redis::Reply all =
          Run(store_->client().Call(redis::Command("ZRANGE", lane, 0, -1, "WITHSCORES"))).value();
      const std::vector<redis::Reply>& jobs = *all.Array().value();
      for (size_t i = 1; i < jobs.size(); i += 2) {
        if (queue::Unpack(std::stoll(jobs[i].raw_text())).claims > 0) ++touched;
      }
    }
    return touched;
  }

  std::shared_ptr<smtp::MiniRelay> mini_;
  std::shared_ptr<smtp::Relay> relay_;
  std::vector<std::unique_ptr<queue::Store>> stores_;
  std::vector<std::unique_ptr<smtp::Sender>> senders_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

TEST_F(RestartTest, WithAHundredThousandDueMessagesStampedesNobody) {
  ASSERT_NO_FATAL_FAILURE(Fill());
  const SteadyTime begin = SystemClock().Steady();
  Start();
  Start();
  // The first second's worth may come at once, the next two not before their time.
  constexpr size_t kSent = 3 * kRate;
  const auto sent = [&] { return mini_->messages.size() >= kSent; };
  ASSERT_TRUE(redis::RunUntil(loop_, sent, std::chrono::seconds(60))) << mini_->messages.size();
  const auto took = SystemClock().Steady() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(1'990)) << "the rate";
  EXPECT_LE(mini_->open_most, kSessions);
  EXPECT_GE(mini_->open_most, 2) << "or nothing was there to be bounded";
  for (const std::unique_ptr<Worker>& worker : workers_) EXPECT_LE(worker->held(), 64);
  // Whoever finds no place within the wait is put off, so that all 128 slots change hands once a
  // wait and no more.
  EXPECT_LE(Touched(), 128 * (1 + absl::FDivDuration(absl::FromChrono(took), kWait)));
}

}  // namespace
}  // namespace posthaste::worker
