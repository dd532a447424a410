// The client that the rest of the program uses: one per loop, on its own connection, used from that
// loop's thread only.
//
//   const Pending stored = redis.Start(Command("SET", key, bytes));   // On its way now.
//   …other I/O…
//   absl::StatusOr<Reply> reply = co_await stored.Wait();
//
// There are two kinds of no. An absl::Status: we could not ask, or do not know the answer
// (MaybeExecuted says which). A Reply of kind error: Redis refused. While there is no connection
// every command fails at once with UNAVAILABLE; the client comes back by itself and loads its
// scripts again. Deliberately missing: retries of commands (only the caller knows whether twice is
// the same as once), transactions (scripts do that), cluster redirects.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "service/redis/command.h"
#include "service/redis/greeting.h"
#include "service/redis/options.h"
#include "service/redis/pending.h"
#include "service/redis/reply.h"
#include "service/redis/script.h"

namespace posthaste::redis {

class Client {
 public:
  // Starts to connect in the next tick of the loop; a server that is away is no error here.
  // INVALID_ARGUMENT or FAILED_PRECONDITION: the options, or files that they name. Loop, clock and
  // randomness must outlive the client.
  static absl::StatusOr<std::unique_ptr<Client>> Make(Loop& loop, ClientOptions options,
                                                      const Clock& clock = SystemClock(),
                                                      Random& random = SystemRandom());
  ~Client();  // As Close.
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // What is said on each connection before commands, after scripts were loaded. REQUIRES: called in
  // the tick of Make.
  void SetGreeting(absl::AnyInvocable<Greeting()> greeting);

  // Loads `script` on each connection, and on the present one. It must outlive the client.
  void Register(const Script& script);

  // Starts a command. Never waits, never fails by itself: what went wrong is the Pending's answer.
  Pending Start(Command command);
  std::vector<Pending> Start(std::vector<Command> commands);

  // Start and Wait in one; it too has started when this returns.
  Task<absl::StatusOr<Reply>> Call(Command command);

  // Runs a script. If the server has lost it (NOSCRIPT: restarted, SCRIPT FLUSH), it is loaded
  // again and this command alone is sent again, so that it may then be executed after commands that
  // were started later. REQUIRES: `script` is registered. The form with a command takes what
  // EvalSha made, perhaps with arguments added.
  Pending StartEval(const Script& script, Command eval_sha);
  Pending StartEval(const Script& script, std::span<const std::string_view> keys,
                    std::span<const std::string_view> args);
  Task<absl::StatusOr<Reply>> Eval(const Script& script, std::span<const std::string_view> keys,
                                   std::span<const std::string_view> args);

  // Whether commands would be sent now.
  bool ready() const;
  // OK as soon as ready; UNAVAILABLE with the last failure's reason when `limit` has passed.
  Task<absl::Status> WaitReady(absl::Duration limit);

  // Commands that wait for an answer.
  size_t waiting() const;

  const ClientOptions& options() const;

  // Closes the connection for good: what waits fails with UNAVAILABLE, as does all that is started
  // later.
  void Close();

 private:
  class Core;
  explicit Client(std::shared_ptr<Core> core);

  const std::shared_ptr<Core> core_;
};

}  // namespace posthaste::redis
