// One loop on a thread of its own, with everything that lives on it.
//
// What is inside is made before the thread starts and destroyed after it ended, so nothing here needs a lock.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "base/task.h"
#include "service/queue/stats.h"
#include "service/queue/store.h"
#include "service/queue/waker.h"
#include "service/worker/worker.h"
#include "smtp/sender.h"

namespace posthaste {

class LoopThread {
  Loop loop_;  // Outlives all that lives on it.

 public:
  LoopThread();
  ~LoopThread();  // As Join.

  Loop& loop() { return loop_; }
  void Run();     // Starts the thread.

  // Closes the store and lets what still runs on the loop come to its end; what has not after two seconds is abandoned.
  void Join();

  // Runs `task` on the loop and waits for its end. REQUIRES: Run() was called; not on the loop itself.
  void Await(Task<void> task);

  std::unique_ptr<queue::Store> store;
  std::unique_ptr<smtp::Sender> sender;      // With the worker role.
  std::unique_ptr<worker::Worker> worker;

 private:
  asio::executor_work_guard<Loop::executor_type> guard_;
  std::promise<void> ended_;
  std::thread thread_;
};

}  // namespace posthaste
