// The open sessions of one relay on one loop that nobody is using now.
//
// Most recently used first, so that what is not needed grows old and goes. A session is looked at
// before it is handed out: one that the relay has closed meanwhile is dropped without a word, which
// is no failure and costs no message an attempt.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "smtp/relay.h"
#include "smtp/session.h"

namespace posthaste::smtp {

// One of the relay's sessions_max; given back when it is destroyed. It may outlive the connection
// that it was taken for: a dead session's slot serves the new one.
class Slot {
 public:
  explicit Slot(std::shared_ptr<Relay> relay) : relay_(std::move(relay)) {}
  Slot(Slot&&) noexcept = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot() {
    if (relay_ != nullptr) relay_->governor().Closed();
  }
  // The session that it was taken for, and that had been opened, is over.
  void Lost() { relay_->governor().Lost(); }

 private:
  std::shared_ptr<Relay> relay_;  // Null when moved from.
};

// An open session with its slot, of which the relay's governor was told Opened(). Tells it Lost(),
// and counts its transactions, when it goes.
class Connection {
 public:
  Connection(Slot slot, std::unique_ptr<Session> session, SteadyTime opened);
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  Session& session() { return *session_; }
  SteadyTime opened() const { return opened_; }
  // Closes the session and hands over its slot.
  Slot GiveUp() &&;

 private:
  void End();

  Slot slot_;
  std::unique_ptr<Session> session_;
  const SteadyTime opened_;
};

class Pool {
 public:
  explicit Pool(const RelayOptions& options) : options_(options) {}

  // Takes out what is of no more use: closed by the relay, idle or open for too long.
  void Prune(SteadyTime now);
  bool empty() const { return idle_.empty(); }
  size_t size() const { return idle_.size(); }

  // The session that was used last. REQUIRES: !empty(); Prune() was called in this turn of the
  // loop.
  std::unique_ptr<Connection> Take();

  // Keeps `connection` for the next message, unless it has served enough.
  void Put(std::unique_ptr<Connection> connection, SteadyTime now);

  // Gives up the session that was idle the longest, for somebody on another loop.
  void GiveUpOne();
  void GiveUpAll();

  // Sessions to say QUIT to. Until somebody has said that it does so, they are closed without it
  // instead: the slot that they hold is worth more than good manners.
  std::vector<std::unique_ptr<Connection>> TakeRetired() { return std::move(retired_); }
  bool has_retired() const { return !retired_.empty(); }
  void set_on_retired(std::function<void()> on_retired) { on_retired_ = std::move(on_retired); }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };
  void Retire(std::unique_ptr<Connection> connection);

  const RelayOptions& options_;
  std::function<void()> on_retired_;
  std::vector<Idle> idle_;  // Oldest `since` first.
  std::vector<std::unique_ptr<Connection>> retired_;
};

}  // namespace posthaste::smtp
