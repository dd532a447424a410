#include "service/loop_thread.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <utility>

namespace posthaste {

LoopThread::LoopThread() : loop_(1), guard_(asio::make_work_guard(loop_)) {}

LoopThread::~LoopThread() {
  Join();
  loop_.Free();
}

void LoopThread::Run() {
  thread_ = std::thread([this] {
    loop_.run();
    ended_.set_value();
  });
}

void LoopThread::Join() {
  if (!thread_.joinable()) return;
  asio::post(loop_, [this] {
    if (store != nullptr) store->client().Close();
    guard_.reset();
  });
  ended_.get_future().wait_for(std::chrono::seconds(2));
  loop_.stop();
  thread_.join();
}

std::future<void> LoopThread::Begin(Task<void> task) {
  return asio::co_spawn(loop_, std::move(task), asio::use_future);
}

}  // namespace posthaste
