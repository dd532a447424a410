#include "service/loop_thread.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <utility>

namespace posthaste {

LoopThread::LoopThread() : loop_(1), guard_(asio::make_work_guard(loop_)) {}

LoopThread::~LoopThread() { Join(); }

void LoopThread::Run() {
  thread_ = std::thread([this] { loop_.run(); });
}

void LoopThread::Join() {
  guard_.reset();
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void LoopThread::Await(Task<void> task) { asio::co_spawn(loop_, std::move(task), asio::use_future).wait(); }

}  // namespace posthaste
