// One at a time per name, in the order of arrival, among the coroutines of one loop.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/task.h"

namespace posthaste::queue {

class Turns {
  // An entry for each name whose turn is taken: those that wait for it.
  using Waiting = std::map<std::string, std::deque<asio::steady_timer*>>;

 public:
  // Held until it goes away; may outlive its Turns.
  class Turn {
   public:
    Turn() = default;
    Turn(std::shared_ptr<Waiting> waiting, std::string name)
        : waiting_(std::move(waiting)), name_(std::move(name)) {}
    Turn(Turn&&) = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    std::shared_ptr<Waiting> waiting_;
    std::string name_;
  };

  // Waits until all earlier turns of `name` have ended. The wait is as long as what the others do:
  // hold a turn over bounded waits only.
  Task<Turn> Take(std::string name) { return TakeFrom(waiting_, std::move(name)); }

 private:
  struct Leave;
  static Task<Turn> TakeFrom(std::shared_ptr<Waiting> waiting, std::string name);

  const std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace posthaste::queue
