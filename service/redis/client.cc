#include "service/redis/client.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "service/redis/link.h"
#include "service/redis/metrics.h"

namespace posthaste::redis {

// What outlives the Client while the loop still holds callbacks of it.
class Client::Core : public std::enable_shared_from_this<Core> {
 public:
  explicit Core(std::shared_ptr<Link> link) : link_(std::move(link)) {}

  void Run() {
    Link::Handlers handlers;
    handlers.greeting = [weak = weak_from_this()] {
      const std::shared_ptr<Core> self = weak.lock();
      return self != nullptr ? self->Greet() : Greeting();
    };
    handlers.lost = [weak = weak_from_this()](const absl::Status&) {
      if (const std::shared_ptr<Core> self = weak.lock()) self->loading_.clear();
    };
    link_->Start(std::move(handlers));
  }

  void SetGreeting(absl::AnyInvocable<Greeting()> greeting) { greeting_ = std::move(greeting); }

  void Register(const Script& script) {
    scripts_.push_back({&script, &ScriptSeconds(script.name)});
    if (Connection* connection = link_->connection()) Load(*connection, script);
  }

  Pending Start(const Command& command) {
    WaiterPtr waiter(new Waiter);
    Send(command, waiter, CommandSeconds(command.name()));
    return Pending(std::move(waiter));
  }

  Pending StartEval(const Script& script, Command command) {
    WaiterPtr waiter(new Waiter);
    metrics::Histogram& seconds = SecondsOf(script);
    Send(command, waiter, seconds);
    if (!waiter->done) Intercept(*waiter, script, std::move(command), kReloads);
    return Pending(std::move(waiter));
  }

  Link& link() { return *link_; }
  std::shared_ptr<Link> shared_link() { return link_; }

 private:
  // How often one command may find its script gone. Each time somebody flushed between our SCRIPT
  // LOAD and the command.
  static constexpr int kReloads = 8;

  struct Registered {
    const Script* script;
    metrics::Histogram* seconds;
  };

  metrics::Histogram& SecondsOf(const Script& script) {
    for (const Registered& entry : scripts_) {
      if (entry.script == &script) return *entry.seconds;
    }
    return CommandSeconds("EVALSHA");
  }

  Greeting Greet() {
    Greeting greeting;
    for (const Registered& entry : scripts_) {
      greeting.push_back(
          {ScriptLoad(*entry.script), [](const Reply& reply) { return reply.Text().status(); }});
    }
    if (greeting_) {
      for (GreetingStep& step : greeting_()) greeting.push_back(std::move(step));
    }
    return greeting;
  }

  void Send(const Command& command, const WaiterPtr& waiter, metrics::Histogram& seconds) {
    Connection* const connection = link_->connection();
    if (connection == nullptr) return waiter->Finish(link_->Unready());
    const absl::Status sent = connection->Send(command, waiter, &seconds);
    if (!sent.ok()) waiter->Finish(sent);
  }

  void Intercept(Waiter& waiter, const Script& script, Command command, int reloads) {
    waiter.intercept = [weak = weak_from_this(), raw = &waiter, &script,
                        command = std::move(command), reloads](const Reply& reply) mutable {
      if (!reply.IsError("NOSCRIPT") || reloads == 0) return false;
      const std::shared_ptr<Core> self = weak.lock();
      if (self == nullptr || self->link_->connection() == nullptr) return false;
      self->Again(WaiterPtr(raw), script, std::move(command), reloads - 1);
      return true;
    };
  }

  void Again(WaiterPtr waiter, const Script& script, Command command, int reloads) {
    Connection& connection = *link_->connection();
    // Many commands may come back at once; the first one's load serves all that are sent behind it.
    if (!loading_.contains(script.sha1)) Load(connection, script);
    const absl::Status sent = connection.SendUnbounded(command, waiter, &SecondsOf(script));
    if (!sent.ok()) return waiter->Finish(sent);
    Intercept(*waiter, script, std::move(command), reloads);
  }

  void Load(Connection& connection, const Script& script) {
    loading_.insert(script.sha1);
    const WaiterPtr waiter(new Waiter);
    // What the load answers does not matter here: if it failed, the command behind it says NOSCRIPT
    // again.
    waiter->resume = [weak = weak_from_this(), sha1 = script.sha1] {
      if (const std::shared_ptr<Core> self = weak.lock()) self->loading_.erase(sha1);
    };
    connection.SendUnbounded(ScriptLoad(script), waiter, &CommandSeconds("SCRIPT")).IgnoreError();
  }

  const std::shared_ptr<Link> link_;
  absl::AnyInvocable<Greeting()> greeting_;
  std::vector<Registered> scripts_;
  absl::flat_hash_set<std::string>
      loading_;  // sha1 of scripts whose SCRIPT LOAD waits for its answer.
};

Client::Client(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Client::~Client() { Close(); }

absl::StatusOr<std::unique_ptr<Client>> Client::Make(Loop& loop, ClientOptions options,
                                                     const Clock& clock, Random& random) {
  absl::StatusOr<std::shared_ptr<Link>> link = Link::Make(loop, std::move(options), clock, random);
  if (!link.ok()) return link.status();
  auto core = std::make_shared<Core>(*std::move(link));
  core->Run();
  return std::unique_ptr<Client>(new Client(std::move(core)));
}

void Client::SetGreeting(absl::AnyInvocable<Greeting()> greeting) {
  core_->SetGreeting(std::move(greeting));
}

void Client::Register(const Script& script) { core_->Register(script); }

Pending Client::Start(Command command) { return core_->Start(command); }

std::vector<Pending> Client::Start(std::vector<Command> commands) {
  std::vector<Pending> all;
  all.reserve(commands.size());
  for (const Command& command : commands) all.push_back(core_->Start(command));
  return all;
}

Task<absl::StatusOr<Reply>> Client::Call(Command command) { return core_->Start(command).Wait(); }

Pending Client::StartEval(const Script& script, Command eval_sha) {
  return core_->StartEval(script, std::move(eval_sha));
}

Pending Client::StartEval(const Script& script, std::span<const std::string_view> keys,
                          std::span<const std::string_view> args) {
  return core_->StartEval(script, EvalSha(script, keys, args));
}

Task<absl::StatusOr<Reply>> Client::Eval(const Script& script,
                                         std::span<const std::string_view> keys,
                                         std::span<const std::string_view> args) {
  return StartEval(script, keys, args).Wait();
}

bool Client::ready() const { return core_->link().connection() != nullptr; }

Task<absl::Status> Client::WaitReady(absl::Duration limit) {
  return Link::WaitReady(core_->shared_link(), limit);
}

size_t Client::waiting() const {
  const Connection* const connection = core_->link().connection();
  return connection == nullptr ? 0 : connection->waiting();
}

const ClientOptions& Client::options() const { return core_->link().options(); }

void Client::Close() { core_->link().Stop(); }

}  // namespace posthaste::redis
