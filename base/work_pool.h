// Threads for work that would hold up an event loop: signatures, which take a millisecond of CPU.
//
// Whoever asks awaits the end on its own loop, so a busy pool slows its callers down instead of
// growing a backlog; the queue has a bound all the same.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/task.h"

namespace posthaste {

class WorkPool {
 public:
  // Owns all that it needs: it may be run, or dropped, after its caller has given up.
  using Work = absl::AnyInvocable<void()>;

  // REQUIRES: threads >= 1.
  WorkPool(int threads, size_t queue_max);
  ~WorkPool();  // As Stop.
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // Runs `work` on a thread of the pool and returns, on `loop`, when it is done: OK, and what it
  // wrote can be read. Waits for its turn, first come first served. DEADLINE_EXCEEDED: not done
  // within `limit`. RESOURCE_EXHAUSTED: the queue is full. CANCELLED: the pool stops. `loop` is the
  // caller's, and outlives the pool. `work` must not throw.
  Task<absl::Status> Run(Loop& loop, Work work, absl::Duration limit);

  // Finishes what is being worked on; the rest is CANCELLED.
  void Stop();

 private:
  struct Job;
  void RunJobs();
  static void End(std::shared_ptr<Job> job, absl::Status status);

  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> queue_;  // Guarded by mutex_, as is stopping_.
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace posthaste
