#include "service/ops/console/feed.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/run_task.h"

namespace posthaste::ops {
namespace {

class FeedTest : public testing::Test {
 protected:
  Task<std::string> Make() {
    ++made_;
    co_return std::string(said_);
  }
  std::string Next(const Feed::Stream& stream) { return RunTask(loop_, stream()); }

  Loop loop_{1};
  int made_ = 0;
  std::string said_ = "one";
  Feed feed_{loop_, [this] { return Make(); }, absl::Milliseconds(1)};
};

TEST_F(FeedTest, TellsEachAnswerOnce) {
  const Feed::Stream stream = *feed_.Listen();
  EXPECT_EQ(Next(stream), "data: one\n\n");
  said_ = "two";
  EXPECT_EQ(Next(stream), "data: two\n\n");
}

TEST_F(FeedTest, IsMadeOnceForAll) {
  const Feed::Stream ana = *feed_.Listen(), bo = *feed_.Listen();
  EXPECT_EQ(Next(ana), "data: one\n\n");
  const int made = made_;
  EXPECT_EQ(Next(bo), "data: one\n\n");
  EXPECT_EQ(made_, made);
}

TEST_F(FeedTest, GivesALateListenerWhatIsKnown) {
  const Feed::Stream ana = *feed_.Listen();
  Next(ana);
  const Feed::Stream late = *feed_.Listen();
  EXPECT_EQ(Next(late), "data: one\n\n");
}

TEST_F(FeedTest, MakesNothingWhileNobodyListens) {
  { Next(*feed_.Listen()); }
  loop_.restart();
  loop_.run();  // Ends: the producer has nobody left.
  const int made = made_;
  loop_.restart();
  EXPECT_EQ(loop_.run(), 0u);
  EXPECT_EQ(made_, made);
  EXPECT_EQ(Next(*feed_.Listen()), "data: one\n\n") << "and begins anew";
}

TEST_F(FeedTest, TakesOnlySoManyListeners) {
  std::vector<Feed::Stream> streams;
  for (int i = 0; i < Feed::kListenersMax; ++i) streams.push_back(*feed_.Listen());
  EXPECT_FALSE(feed_.Listen().has_value());
  streams.pop_back();
  EXPECT_TRUE(feed_.Listen().has_value());
}

TEST_F(FeedTest, EndsItsStreamsWhenItStops) {
  const Feed::Stream stream = *feed_.Listen();
  Next(stream);
  feed_.Stop();
  EXPECT_EQ(Next(stream), "");
  EXPECT_FALSE(feed_.Listen().has_value());
}

}  // namespace
}  // namespace posthaste::ops
