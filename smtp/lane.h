// The way to one relay from one loop: its idle sessions, and the queue of those who wait for one.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "base/task.h"
#include "smtp/pool.h"
#include "smtp/relay.h"

namespace posthaste::smtp {

// Kept alive by whoever has something of it, so that it may outlive the Sender. All on one loop.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  // Leave to speak one message. Destroyed, it makes way for the next in the queue; put the
  // connection back before that.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit() { Release(); }
    void Release();

    Governor::Answer answer = Governor::Answer::kClosed;
    SteadyTime retry_at = SteadyTime::max();  // Not granted: when to ask again; max = unknown.
    std::unique_ptr<Connection>
        connection;  // Granted: a session to go on with; null = open one, in `slot`.
    std::unique_ptr<Slot> slot;

   private:
    friend class Lane;
    std::shared_ptr<Lane> lane_;
    Urgency urgency_ = Urgency::kOther;
    bool probe_ = false;
  };

  static std::shared_ptr<Lane> Create(Loop& loop, const Clock& clock, std::shared_ptr<Relay> relay,
                                      std::unique_ptr<Dialer> dialer);
  ~Lane();

  // Waits until a session may be used, `limit` or the relay's wait_max at most; codes pass first,
  // else first come, first served. Not granted: kBusy (queue full, or waited in vain) or kClosed.
  Task<Permit> Acquire(Urgency urgency, SteadyTime limit);

  Relay& relay() { return *relay_; }
  const std::shared_ptr<Relay>& shared_relay() { return relay_; }
  Dialer& dialer() { return *dialer_; }
  Pool& pool() { return pool_; }
  bool idle() const { return active_ == 0 && codes_.empty() && others_.empty(); }
  int active() const { return active_; }
  // Nobody gets through any more, and those who wait are sent away.
  void Stop();
  // Called whenever the last permit is given back.
  void set_on_idle(std::function<void()> on_idle) { on_idle_ = std::move(on_idle); }

 private:
  // Stands in a queue as long as it lives.
  struct Waiter {
    Waiter(Lane& lane, std::deque<Waiter*>& queue);
    ~Waiter();
    Lane& lane;
    std::deque<Waiter*>& queue;
    asio::steady_timer timer;
    SteadyTime wake_at{};  // By our clock, which in tests is not the timer's.
    bool done = false;
    Permit permit;
  };

  Lane(Loop& loop, const Clock& clock, std::shared_ptr<Relay> relay,
       std::unique_ptr<Dialer> dialer);
  Permit Try(Urgency urgency);
  // Lets through whoever may pass now.
  void Pump();
  bool PumpOne(std::deque<Waiter*>& queue, Urgency urgency);
  void Nudged();

  Loop& loop_;
  const Clock& clock_;
  const std::shared_ptr<Relay> relay_;
  const std::unique_ptr<Dialer> dialer_;
  Pool pool_;
  std::deque<Waiter*> codes_, others_;
  int active_ = 0;
  bool stopped_ = false;
  int listener_ = 0;
  std::function<void()> on_idle_;
};

}  // namespace posthaste::smtp
