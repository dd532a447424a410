#include "service/worker/settler.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sstream>

#include "tests/service/worker/worker_fixture.h"

namespace posthaste::worker {
namespace {

using queue::Settled;
using Answer = absl::StatusOr<Settled>;

class SettlerTest : public RedisTest {
 protected:
  SettlerTest() : settler_(loop_, store_->leases(), SystemClock()) {}
  ~SettlerTest() override {
    settler_.Stop();
    Until([this] { return running_ == 0; });
  }

  void Start(Settler& settler) {
    ++running_;
    const auto running = [](Settler& started, int& count) -> Task<void> {
      co_await started.Run();
      --count;
    };
    asio::co_spawn(loop_, running(settler, running_), asio::detached);
  }
  void Start() { Start(settler_); }

  // Begins to settle; the answer is there once it is.
  std::shared_ptr<std::optional<Answer>> Begin(queue::Settlement settlement) {
    auto answer = std::make_shared<std::optional<Answer>>();
    const auto settling = [](Settler& settler, queue::Settlement given,
                             std::shared_ptr<std::optional<Answer>> to) -> Task<void> {
      Answer got = co_await settler.Settle(std::move(given));
      *to = std::move(got);
    };
    asio::co_spawn(loop_, settling(settler_, std::move(settlement), answer), asio::detached);
    return answer;
  }
  Answer Settle(queue::Settlement settlement) {
    const auto answer = Begin(std::move(settlement));
    if (!Until([&] { return answer->has_value(); }))
      return absl::DeadlineExceededError("the test's patience");
    return **answer;
  }

  static queue::Settlement Accepted(const queue::LeasedJob& job) {
    queue::Settlement settlement;
    settlement.lease = job.lease;
    settlement.kind = queue::Settlement::Kind::kEnd;
    settlement.state = v1::Message::ACCEPTED;
    settlement.attempts = 1;
    settlement.attempt_records.resize(1);
    return settlement;
  }

  int64_t ScriptsRun() {
    std::istringstream lines(Server().Call({"INFO", "commandstats"}));
    const std::string wanted = "cmdstat_evalsha:calls=";
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind(wanted, 0) == 0) return std::stoll(line.substr(wanted.size()));
    }
    return 0;
  }

  Settler settler_;
  int running_ = 0;
};

TEST_F(SettlerTest, TellsWhatBecameOfIt) {
  Start();
  const std::string id = Admit();
  const queue::LeasedJob job = Claim();
  EXPECT_EQ(Settle(Accepted(job)).value(), Settled::kDone);
  EXPECT_EQ(StateOf(id), v1::Message::ACCEPTED);
  EXPECT_EQ(Settle(Accepted(job)).value(), Settled::kAlready);
}

TEST_F(SettlerTest, SaysStaleToWhoeverLostTheLease) {
  Start();
  Admit();
  const queue::LeasedJob first = Claim();
  MoveClock(queue::kLease + absl::Seconds(1));
  const queue::LeasedJob second = Claim();
  EXPECT_EQ(Settle(Accepted(first)).value(), Settled::kStale);
  EXPECT_EQ(Settle(Accepted(second)).value(), Settled::kDone);
}

TEST_F(SettlerTest, CollectsWhileABatchIsUnderWay) {
  Start();
  std::vector<queue::LeasedJob> jobs;
  for (int i = 0; i < 40; ++i) {
    Admit();
    jobs.push_back(Claim());
  }
  const int64_t before = ScriptsRun();
  std::vector<std::shared_ptr<std::optional<Answer>>> answers;
  for (const queue::LeasedJob& job : jobs) {
    answers.push_back(Begin(Accepted(job)));
    if (answers.size() == 10) RedisTest::Settle(std::chrono::milliseconds(1));
  }
  ASSERT_TRUE(Until([&] {
    return std::all_of(answers.begin(), answers.end(),
                       [](const auto& a) { return a->has_value(); });
  }));
  for (const auto& answer : answers) EXPECT_EQ((*answer)->value(), Settled::kDone);
  EXPECT_LE(ScriptsRun() - before, 4);
}

TEST_F(SettlerTest, RestsWhenThereIsNothingToDo) {
  Start();
  Start();
  RedisTest::Settle();
  EXPECT_LT(RedisTest::Settle(std::chrono::milliseconds(50)), 20u);
}

TEST_F(SettlerTest, OffersAgainUntilRedisIsBack) {
  Start();
  const std::string id = Admit();
  const queue::LeasedJob job = Claim();
  Server().Kill9();
  const auto answer = Begin(Accepted(job));
  RedisTest::Settle(std::chrono::milliseconds(150));
  EXPECT_FALSE(answer->has_value());
  Server().Restart();
  ASSERT_TRUE(Until([&] { return answer->has_value(); }));
  EXPECT_EQ((*answer)->value(), Settled::kDone);
  EXPECT_EQ(StateOf(id), v1::Message::ACCEPTED);
  EXPECT_EQ(Stored(id).head.attempts, 1);
}

TEST_F(SettlerTest, KeepsNobodyWaitingForOneThatIsRefused) {
  Start();
  const std::string id = Admit();
  const queue::LeasedJob job = Claim();
  const std::string refused_id = Admit();
  const queue::LeasedJob refused = Claim();
  const std::string record = store_->keys().Message(0, refused_id);
  Server().Call({"DEL", record});
  Server().Call({"LPUSH", record, "no record"});
  const auto first = Begin(Accepted(refused));
  const auto second = Begin(Accepted(job));
  ASSERT_TRUE(Until([&] { return first->has_value() && second->has_value(); }));
  EXPECT_FALSE((*first)->ok());
  EXPECT_TRUE((*second)->ok());
  EXPECT_EQ(StateOf(id), v1::Message::ACCEPTED);
}

TEST_F(SettlerTest, GivesUpWhenItIsStopped) {
  Start();
  Admit();
  const queue::LeasedJob job = Claim();
  store_->client().Close();
  const auto answer = Begin(Accepted(job));
  RedisTest::Settle();
  EXPECT_FALSE(answer->has_value());
  settler_.Stop();
  ASSERT_TRUE(Until([&] { return answer->has_value() && running_ == 0; }));
  EXPECT_TRUE(absl::IsUnavailable((*answer)->status()));
}

TEST_F(SettlerTest, SettlesWhatWasHandedInBeforeItIsStopped) {
  const std::string id = Admit();
  const auto answer = Begin(Accepted(Claim()));
  settler_.Stop();
  Start();
  ASSERT_TRUE(Until([&] { return answer->has_value() && running_ == 0; }));
  EXPECT_EQ(StateOf(id), v1::Message::ACCEPTED);
}

TEST_F(SettlerTest, KeepsNobodyLongerThanItsLimit) {
  Settler hasty(loop_, store_->leases(), SystemClock(), absl::Milliseconds(20));
  EXPECT_TRUE(absl::IsUnavailable(Run(hasty.Settle(Accepted(mails_.Job()))).status()));
  store_->client().Close();
  Start(hasty);
  EXPECT_TRUE(absl::IsUnavailable(Run(hasty.Settle(Accepted(mails_.Job()))).status()));
  hasty.Stop();
  ASSERT_TRUE(Until([&] { return running_ == 0; }));
}

}  // namespace
}  // namespace posthaste::worker
