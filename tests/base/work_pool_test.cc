#include "base/work_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/run_task.h"

namespace posthaste {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

// Holds a pool's thread until it is opened.
struct Gate {
  std::promise<void> promise;
  std::shared_future<void> open = promise.get_future().share();
  WorkPool::Work Waiter() const {
    return [open = open] { open.wait(); };
  }
};

TEST(WorkPool, RunsTheWorkElsewhereAndComesBackToTheLoop) {
  Loop loop;
  WorkPool pool(1, 8);
  std::thread::id worked, came_back;
  const auto task = [](Loop& on, WorkPool& at, std::thread::id& inside,
                       std::thread::id& after) -> Task<absl::Status> {
    WorkPool::Work work = [&inside] { inside = std::this_thread::get_id(); };
    const absl::Status done = co_await at.Run(on, std::move(work), kPatience);
    after = std::this_thread::get_id();
    co_return done;
  };
  EXPECT_TRUE(RunTask(loop, task(loop, pool, worked, came_back)).ok());
  EXPECT_NE(worked, std::this_thread::get_id());
  EXPECT_EQ(came_back, std::this_thread::get_id());
}

TEST(WorkPool, LeavesTheLoopFreeWhileItWorks) {
  Loop loop;
  WorkPool pool(1, 8);
  Gate gate;
  asio::post(loop, [&gate] { gate.promise.set_value(); });
  // Were the work on the loop, what opens the gate would never run.
  EXPECT_TRUE(RunTask(loop, pool.Run(loop, gate.Waiter(), kPatience)).ok());
}

TEST(WorkPool, LetsThoseWhoComeWhileItIsBusyWaitTheirTurn) {
  Loop loop;
  WorkPool pool(1, 8);
  Gate gate;
  std::vector<int> order;
  int ended = 0;
  const auto end = [&ended](const std::exception_ptr&, const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    ++ended;
  };
  asio::co_spawn(loop, pool.Run(loop, gate.Waiter(), kPatience), end);
  for (int i = 0; i < 5; ++i) {
    WorkPool::Work work = [&order, i] { order.push_back(i); };
    asio::co_spawn(loop, pool.Run(loop, std::move(work), kPatience), end);
  }
  asio::post(loop, [&gate] { gate.promise.set_value(); });
  loop.run();
  EXPECT_EQ(ended, 6);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(WorkPool, ServesSeveralLoopsWithSeveralThreads) {
  constexpr int kLoops = 3, kWorks = 200;
  std::atomic<int> done{0};
  Loop loops[kLoops];
  WorkPool pool(2, kLoops * kWorks);
  std::vector<std::thread> threads;
  for (Loop& loop : loops) {
    for (int i = 0; i < kWorks; ++i) {
      WorkPool::Work work = [&done] { ++done; };
      asio::co_spawn(loop, pool.Run(loop, std::move(work), kPatience),
                     [](const std::exception_ptr&, const absl::Status& status) {
                       EXPECT_TRUE(status.ok()) << status;
                     });
    }
    threads.emplace_back([&loop] { loop.run(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, kLoops * kWorks);
}

TEST(WorkPool, RefusesWhatItsQueueHasNoRoomFor) {
  Loop loop;
  WorkPool pool(1, 0);
  const absl::Status full = RunTask(loop, pool.Run(
                                              loop, [] {}, kPatience));
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
}

TEST(WorkPool, GivesUpAtTheLimitAndTheLateWorkHarmsNobody) {
  Gate gate;
  Loop loop;
  WorkPool pool(1, 8);
  const absl::Status late = RunTask(loop, pool.Run(loop, gate.Waiter(), absl::Milliseconds(20)));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  gate.promise.set_value();
  EXPECT_TRUE(RunTask(loop, pool.Run(
                                loop, [] {}, kPatience))
                  .ok());
}

TEST(WorkPool, CancelsWhatWaitsWhenItStopsAndTakesNothingNew) {
  Loop loop;
  WorkPool pool(1, 8);
  Gate gate, begun;
  std::vector<absl::StatusCode> ends;
  const auto end = [&ends](const std::exception_ptr&, const absl::Status& status) {
    ends.push_back(status.code());
  };
  WorkPool::Work first = [&begun, open = gate.open] {
    begun.promise.set_value();
    open.wait();
  };
  asio::co_spawn(loop, pool.Run(loop, std::move(first), kPatience), end);
  asio::co_spawn(loop,
                 pool.Run(
                     loop, [] { ADD_FAILURE() << "ran"; }, kPatience),
                 end);
  loop.poll();
  begun.open.wait();
  std::thread stop([&pool] { pool.Stop(); });
  // Stop has taken the queue before it waits for the first.
  absl::Status refused;
  do {
    refused = RunTask(loop, pool.Run(
                                loop, [] {}, absl::Milliseconds(1)));
  } while (!absl::IsCancelled(refused));
  gate.promise.set_value();
  stop.join();
  loop.restart();
  loop.run();
  EXPECT_EQ(ends, (std::vector{absl::StatusCode::kOk, absl::StatusCode::kCancelled}));
}

}  // namespace
}  // namespace posthaste
