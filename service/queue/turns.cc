#include "service/queue/turns.h"

#include <boost/asio/this_coro.hpp>

namespace posthaste::queue {

// Takes a waiter out of its queue if its coroutine is destroyed while it waits.
struct Turns::Leave {
  std::shared_ptr<Waiting> waiting;
  const std::string& name;
  asio::steady_timer* timer;

  ~Leave() {
    const auto entry = waiting->find(name);
    if (entry != waiting->end()) std::erase(entry->second, timer);
  }
};

Task<Turns::Turn> Turns::TakeFrom(std::shared_ptr<Waiting> waiting, std::string name) {
  const auto [entry, free] = waiting->try_emplace(name);
  if (!free) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
    entry->second.push_back(&timer);
    const Leave leave{waiting, name, &timer};
    co_await timer.async_wait(kAsTuple);
  }
  co_return Turn(std::move(waiting), std::move(name));
}

Turns::Turn::~Turn() {
  if (waiting_ == nullptr) return;
  const auto entry = waiting_->find(name_);
  if (entry->second.empty()) {
    waiting_->erase(entry);
    return;
  }
  asio::steady_timer* const next = entry->second.front();
  entry->second.pop_front();
  next->cancel();
}

}  // namespace posthaste::queue
