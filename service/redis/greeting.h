// What is said on a new connection before any command of a caller: who we are, and what must be
// true there.
//
// All of it leaves in one write; nobody else's command does until every answer was judged good.
#pragma once

#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "service/redis/command.h"
#include "service/redis/connection.h"
#include "service/redis/options.h"
#include "service/redis/reply.h"

namespace posthaste::redis {

struct GreetingStep {
  Command command;
  // OK: go on. An error closes the connection; its message becomes the reason that callers read.
  absl::AnyInvocable<absl::Status(const Reply&)> judge;
};
using Greeting = std::vector<GreetingStep>;

// AUTH if there is a password, CLIENT SETNAME, and a PING that finds out whether the server is
// still loading its data. An ACL user that may not do the latter two is let through: they serve
// operators and an early word, not correctness.
Greeting OwnGreeting(const ClientOptions& options);

// Says `greeting` on `connection`, `done` once with the first error or OK; not at all if the loop
// is destroyed first. Each answer is bounded by command_limit.
void Greet(Connection& connection, Greeting greeting, absl::AnyInvocable<void(absl::Status)> done);

}  // namespace posthaste::redis
