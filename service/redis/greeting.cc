#include "service/redis/greeting.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::redis {
namespace {

absl::Status JudgeUnlessDenied(const Reply& reply) {
  if (reply.IsError("NOPERM")) return absl::OkStatus();
  return reply.Ok();
}

struct Progress {
  Greeting greeting;
  size_t open = 0;
  absl::Status first_error;
  absl::AnyInvocable<void(absl::Status)> done;

  void Answered(size_t step, const absl::StatusOr<Reply>& answer) {
    const absl::Status judged = answer.ok() ? greeting[step].judge(*answer) : answer.status();
    first_error.Update(judged);
    if (--open == 0) done(first_error);
  }
};

}  // namespace

Greeting OwnGreeting(const ClientOptions& options) {
  Greeting greeting;
  if (!options.password.empty()) {
    Command auth("AUTH");
    if (!options.username.empty()) auth.Add(options.username);
    auth.Add(options.password.Reveal());
    greeting.push_back({std::move(auth), [](const Reply& reply) { return reply.Ok(); }});
  }
  if (!options.name.empty()) {
    greeting.push_back({Command("CLIENT", "SETNAME", options.name), JudgeUnlessDenied});
  }
  greeting.push_back({Command("PING"), JudgeUnlessDenied});
  return greeting;
}

void Greet(Connection& connection, Greeting greeting, absl::AnyInvocable<void(absl::Status)> done) {
  auto progress = std::make_shared<Progress>();
  progress->greeting = std::move(greeting);
  progress->open = progress->greeting.size();
  progress->done = std::move(done);
  for (size_t step = 0; step < progress->greeting.size(); ++step) {
    const WaiterPtr waiter(new Waiter);
    // The waiter is alive while it resumes; holding it by the pointer would make it hold itself.
    waiter->resume = [progress, step, raw = waiter.get()] {
      progress->Answered(step, raw->answer);
    };
    const absl::Status sent =
        connection.SendUnbounded(progress->greeting[step].command, waiter, nullptr);
    if (!sent.ok()) waiter->Finish(sent);
  }
}

}  // namespace posthaste::redis
