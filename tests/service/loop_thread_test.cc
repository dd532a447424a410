#include "service/loop_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace posthaste {
namespace {

struct Told {
  explicit Told(std::atomic<int>& ended) : ended(ended) {}
  ~Told() { ++ended; }
  std::atomic<int>& ended;
};

TEST(LoopThread, RunsATaskOnItsThreadAndWaitsForItsEnd) {
  LoopThread thread;
  thread.Run();
  std::thread::id id;
  const auto task = [](std::thread::id& seen) -> Task<void> {
    seen = std::this_thread::get_id();
    co_return;
  };
  thread.Await(task(id));
  EXPECT_NE(id, std::thread::id());
  EXPECT_NE(id, std::this_thread::get_id());
}

TEST(LoopThread, GivesWhatRunsTheTimeToEnd) {
  LoopThread thread;
  thread.Run();
  std::atomic<int> done = 0;
  const auto task = [](LoopThread& on, std::atomic<int>& count) -> Task<void> {
    asio::steady_timer timer(on.loop(), std::chrono::milliseconds(50));
    co_await timer.async_wait(kAsTuple);
    ++count;
  };
  asio::co_spawn(thread.loop(), task(thread, done), asio::detached);
  thread.Join();
  EXPECT_EQ(done, 1);
}

TEST(LoopThread, AbandonsWhatNeverEndsAndFreesIt) {
  std::atomic<int> ended = 0;
  {
    LoopThread thread;
    thread.Run();
    const auto task = [](LoopThread& on, std::atomic<int>& count) -> Task<void> {
      const Told told(count);
      asio::steady_timer timer(on.loop(), std::chrono::hours(1));
      co_await timer.async_wait(kAsTuple);
    };
    asio::co_spawn(thread.loop(), task(thread, ended), asio::detached);
    const auto begin = std::chrono::steady_clock::now();
    thread.Join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
  EXPECT_EQ(ended, 1);
}

TEST(LoopThread, MayEndTwiceAndWithoutHavingRun) {
  LoopThread never;
  never.Join();
  LoopThread thread;
  thread.Run();
  thread.Join();
  thread.Join();
}

// What is abandoned goes while all that it refers to is still there.
TEST(LoopThread, FreesWhatIsAbandonedBeforeWhatItUses) {
  LoopThread thread;
  redis::ClientOptions options;
  options.unix_path = "/nonexistent/redis.sock";
  thread.store = queue::Store::Make(thread.loop(), options, 4).value();
  thread.Run();
  struct Uses {
    queue::Store* store;
    ~Uses() { EXPECT_EQ(store->keys().shards(), 4); }
  };
  const auto task = [](LoopThread& on) -> Task<void> {
    const Uses uses{on.store.get()};
    asio::steady_timer timer(on.loop(), std::chrono::hours(1));
    co_await timer.async_wait(kAsTuple);
  };
  asio::co_spawn(thread.loop(), task(thread), asio::detached);
}

}  // namespace
}  // namespace posthaste
