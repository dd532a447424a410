// One connection to Redis: commands out in the order they were given, answers in the same order.
//
// Commands that are given in one tick of the loop leave in one write: the first posts a flush,
// which runs after all handlers that were ready with it. There is no timer in this. A connection is
// opened once and closed once; link.h makes the next.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/task.h"
#include "service/redis/command.h"
#include "service/redis/options.h"
#include "service/redis/pending.h"
#include "service/redis/reply_reader.h"
#include "service/redis/transport.h"

namespace posthaste::redis {

// Used from its loop's thread only. Kept alive by its own reads until closed.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Handlers {
    absl::AnyInvocable<void()> opened;  // The transport stands; nothing was said yet.
    absl::AnyInvocable<void(absl::Status)>
        closed;  // Once, for whatever reason but Close by Abandon.
  };

  Connection(Loop& loop, const Clock& clock, std::shared_ptr<const ClientOptions> options,
             TlsContext tls);
  ~Connection();

  // Bounded by connect_limit.
  void Open(Handlers handlers);

  // Queues a command whose answer goes to `waiter`. `seconds`, if not null, gets the time that the
  // answer took. RESOURCE_EXHAUSTED: the bounds; UNAVAILABLE: not open. In both cases the waiter is
  // left alone.
  absl::Status Send(const Command& command, WaiterPtr waiter, metrics::Histogram* seconds);

  // The same above the bounds, for what the client itself must say: greeting, scripts, a command
  // that is sent again.
  absl::Status SendUnbounded(const Command& command, WaiterPtr waiter, metrics::Histogram* seconds);

  // From now on every reply goes to `on_push`, for pub/sub, where Redis speaks unasked; commands
  // then get no waiter. REQUIRES: nothing waits.
  void TakePushes(absl::AnyInvocable<void(Reply)> on_push);
  void SendUnanswered(const Command& command);

  // Closes and fails all that waits: `why`, marked if the command was written; DEADLINE_EXCEEDED
  // for those that are older than command_limit. They are resumed from the loop, not from here.
  void Close(absl::Status why);

  // Close without telling Handlers::closed: for an owner that goes away.
  void Abandon(absl::Status why);

  size_t waiting() const { return waiting_.size(); }

 private:
  struct Entry {
    WaiterPtr waiter;
    SteadyTime started;
    size_t bytes;
    metrics::Histogram* seconds;
  };

  void Opened(absl::Status status);
  void Append(const Command& command);
  void Flush();
  void Written(const Transport::Error& error);
  void Read();
  void Received(const Transport::Error& error, size_t size);
  void Deliver(Reply reply);
  void Watch();
  void Overdue();
  WaiterList Orphans(const absl::Status& why);

  Loop& loop_;
  const Clock& clock_;
  const std::shared_ptr<const ClientOptions> options_;
  Transport transport_;
  Handlers handlers_;
  enum class State { kNew, kOpening, kOpen, kClosed } state_ = State::kNew;

  // Writing. `out_` gathers; `wire_` is being written; they swap at each flush.
  std::string out_;
  std::string wire_;
  bool writing_ = false;
  bool flush_posted_ = false;
  size_t out_commands_ = 0;  // Commands in out_.
  size_t unwritten_ = 0;     // Of waiting_, from the back: those whose bytes are still in out_.

  // Reading.
  ReplyReader reader_;
  std::array<char, 64 * 1024> in_;
  absl::AnyInvocable<void(Reply)> on_push_;

  std::deque<Entry> waiting_;  // Oldest first.
  size_t waiting_bytes_ = 0;

  // Guards the opening, then the oldest command. One for all: it is set when something waits and it
  // does not run, and when it fires it looks at the oldest again.
  asio::steady_timer watchdog_;
  bool watching_ = false;
};

}  // namespace posthaste::redis
