// One loop on a thread of its own, with everything that lives on it.
//
// What is inside is made before the thread starts and destroyed after it ended, so nothing here
// needs a lock.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/task.h"
#include "service/queue/stats.h"
#include "service/queue/store.h"
#include "service/queue/waker.h"
#include "service/webhooks/webhooks.h"
#include "service/worker/worker.h"
#include "smtp/sender.h"

namespace posthaste {

class LoopThread {
  // What was abandoned on it is freed while all that it refers to is still there.
  class OwnLoop : public Loop {
   public:
    using Loop::Loop;
    void Free() { shutdown(); }
  };
  OwnLoop loop_;  // Outlives all that lives on it.

 public:
  LoopThread();
  ~LoopThread();  // As Join; then frees what was abandoned, the parts below, and the loop.

  Loop& loop() { return loop_; }
  void Run();  // Starts the thread.

  // Closes the store and lets what still runs on the loop come to its end; what has not after two
  // seconds is abandoned.
  void Join();

  // Runs `task` on the loop. REQUIRES: Run() was called; nobody waits for the future on the loop
  // itself.
  std::future<void> Begin(Task<void> task);
  // And waits for its end.
  void Await(Task<void> task) { Begin(std::move(task)).wait(); }

  std::unique_ptr<queue::Store> store;
  std::unique_ptr<smtp::Sender> sender;  // With the worker role.
  std::unique_ptr<worker::Worker> worker;
  std::unique_ptr<webhooks::Webhooks> webhooks;

 private:
  asio::executor_work_guard<Loop::executor_type> guard_;
  std::promise<void> ended_;
  std::thread thread_;
};

}  // namespace posthaste
