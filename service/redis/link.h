// Keeps a connection to one Redis: connects, greets, and after a loss connects again with full
// jitter, for ever.
//
// What clients and subscribers have in common. Whoever needs the connection asks for it each time;
// there is none while it is down, and nothing is queued for when it comes back: the caller knows
// better whether the work is still wanted.
#pragma once

#include <list>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "service/redis/backoff.h"
#include "service/redis/connection.h"
#include "service/redis/greeting.h"
#include "service/redis/options.h"

namespace posthaste::redis {

// Used from its loop's thread only. Stop must come before the loop, the clock or the randomness go.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Handlers {
    absl::AnyInvocable<Greeting()>
        greeting;  // Asked for each new connection, said after OwnGreeting.
    absl::AnyInvocable<void(Connection&)> ready;         // Greeted; commands may follow.
    absl::AnyInvocable<void(const absl::Status&)> lost;  // A connection that was ready is no more.
  };

  // INVALID_ARGUMENT or FAILED_PRECONDITION: the options, or files that they name.
  static absl::StatusOr<std::shared_ptr<Link>> Make(Loop& loop, ClientOptions options,
                                                    const Clock& clock, Random& random);

  // Starts to connect in the next tick of the loop.
  void Start(Handlers handlers);

  // Ends it: what waits fails with UNAVAILABLE, handlers are not called again.
  void Stop();

  // Null while there is no connection that was greeted.
  Connection* connection() const { return ready_ ? connection_.get() : nullptr; }

  // UNAVAILABLE with the reason of the last failure. REQUIRES: connection() is null.
  absl::Status Unready() const;

  // OK as soon as there is a connection; Unready() when `limit` has passed or the link was stopped.
  static Task<absl::Status> WaitReady(std::shared_ptr<Link> link, absl::Duration limit);

  const ClientOptions& options() const { return *options_; }

 private:
  Link(Loop& loop, std::shared_ptr<const ClientOptions> options, TlsContext tls, const Clock& clock,
       Random& random);

  void Connect();
  void Opened();
  void Greeted(absl::Status status);
  void Closed(absl::Status why);

  Loop& loop_;
  const std::shared_ptr<const ClientOptions> options_;
  const TlsContext tls_;
  const Clock& clock_;
  Backoff backoff_;
  Handlers handlers_;
  std::shared_ptr<Connection> connection_;
  bool ready_ = false;
  bool was_ready_ = false;  // Ever.
  bool stopped_ = false;
  absl::Status last_error_;
  asio::steady_timer retry_;
  std::list<asio::steady_timer*> ready_waits_;  // Timers in the frames of WaitReady.
};

}  // namespace posthaste::redis
