#include "service/worker/fence.h"

#include "tests/service/worker/worker_fixture.h"

namespace posthaste::worker {
namespace {

using smtp::FenceAnswer;

class FenceTest : public RedisTest {
 protected:
  FenceAnswer Ask(const queue::Lease& lease) { return Ask(*store_, lease); }
  FenceAnswer Ask(queue::Store& store, const queue::Lease& lease) {
    smtp::FenceFactory fences = FencesFor(store.leases(), lease);
    const std::unique_ptr<smtp::Fence> fence = fences();
    fence->Ask();
    return Run(fence->Answer());
  }
};

TEST_F(FenceTest, PassesAndMarksTheDotAsDurablyIntended) {
  const std::string id = Admit();
  EXPECT_EQ(Ask(Claim().lease), FenceAnswer::kPass);
  EXPECT_TRUE(ScoreOf(id).dot);
}

TEST_F(FenceTest, PassesAgainForTheNextTransactionOfTheSameLease) {
  Admit();
  const queue::LeasedJob job = Claim();
  EXPECT_EQ(Ask(job.lease), FenceAnswer::kPass);
  EXPECT_EQ(Ask(job.lease), FenceAnswer::kPass);
}

TEST_F(FenceTest, RefusesWhatWasWithdrawn) {
  const std::string id = Admit();
  const queue::LeasedJob job = Claim();
  EXPECT_EQ(Run(store_->messages().Cancel("shop", id)).value(), queue::Cancelled::kRequested);
  EXPECT_EQ(Ask(job.lease), FenceAnswer::kCancelled);
  EXPECT_FALSE(ScoreOf(id).dot);
}

TEST_F(FenceTest, RefusesWhatHasExpired) {
  Admit();
  const queue::LeasedJob job = Claim();
  MoveClock(absl::Minutes(11));
  EXPECT_EQ(Ask(job.lease), FenceAnswer::kExpired);
}

TEST_F(FenceTest, RefusesWhoeverLostTheLease) {
  Admit();
  const queue::LeasedJob first = Claim();
  MoveClock(queue::kLease + absl::Seconds(1));
  const queue::LeasedJob second = Claim();
  EXPECT_EQ(Ask(first.lease), FenceAnswer::kLost);
  EXPECT_EQ(Ask(second.lease), FenceAnswer::kPass);
}

TEST_F(FenceTest, LetsNoDotPassWhileRedisIsAway) {
  Admit();
  const queue::LeasedJob job = Claim();
  const std::unique_ptr<queue::Store> cut_off = NewStore();
  cut_off->client().Close();
  EXPECT_EQ(Ask(*cut_off, job.lease), FenceAnswer::kUnavailable);
}

TEST_F(FenceTest, LetsNoDotPassWhenTheAnswerIsLost) {
  Admit();
  const queue::LeasedJob job = Claim();
  const std::unique_ptr<queue::Store> cut_off = NewStore();
  smtp::FenceFactory fences = FencesFor(cut_off->leases(), job.lease);
  const std::unique_ptr<smtp::Fence> fence = fences();
  fence->Ask();
  cut_off->client().Close();
  EXPECT_EQ(Run(fence->Answer()), FenceAnswer::kUnavailable);
}

}  // namespace
}  // namespace posthaste::worker
