#include "base/work_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

namespace posthaste {

// Its timer and its result belong to the loop: only what is posted there touches them, and frees
// them.
struct WorkPool::Job {
  Job(Loop& on, Work what) : loop(on), work(std::move(what)), done(on) {}
  Loop& loop;
  Work work;
  asio::steady_timer done;
  std::optional<absl::Status> result;
};

WorkPool::WorkPool(int threads, size_t queue_max) : queue_max_(queue_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { RunJobs(); });
}

WorkPool::~WorkPool() { Stop(); }

Task<absl::Status> WorkPool::Run(Loop& loop, Work work, absl::Duration limit) {
  auto job = std::make_shared<Job>(loop, std::move(work));
  job->done.expires_after(absl::ToChronoNanoseconds(limit));
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) co_return absl::CancelledError("the pool stops");
    if (queue_.size() >= queue_max_) co_return absl::ResourceExhaustedError("too much to be done");
    queue_.push_back(job);
  }
  changed_.notify_one();
  co_await job->done.async_wait(kAsTuple);
  if (!job->result.has_value()) co_return absl::DeadlineExceededError("not done in time");
  co_return *job->result;
}

void WorkPool::End(std::shared_ptr<Job> job, absl::Status status) {
  Loop& loop = job->loop;
  asio::post(loop, [job = std::move(job), status = std::move(status)]() mutable {
    job->result = std::move(status);
    job->done.cancel();
  });
}

void WorkPool::RunJobs() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job->work();
    End(std::move(job), absl::OkStatus());
    lock.lock();
  }
}

void WorkPool::Stop() {
  std::deque<std::shared_ptr<Job>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (std::shared_ptr<Job>& job : dropped)
    End(std::move(job), absl::CancelledError("the pool stops"));
}

}  // namespace posthaste
