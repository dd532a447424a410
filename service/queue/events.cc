#include "service/queue/events.h"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "service/queue/event_log.h"

namespace posthaste::queue {
namespace {

constexpr int kReadMax = 1000;  // Lines of one shard in one round.

}  // namespace

struct EventTailer::Subscription::State {
  State(Loop& loop, std::string tenant_wanted, std::string id_wanted, size_t max)
      : tenant(std::move(tenant_wanted)), id(std::move(id_wanted)), queued_max(max), bell(loop) {}

  const std::string tenant, id;
  const size_t queued_max;
  std::vector<Event> queued;
  bool reread = false;
  bool ended = false;
  asio::steady_timer bell;  // Rung by cancelling it.

  void Hear(const Event& event) {
    if (event.tenant != tenant || (!id.empty() && event.id != id)) return;
    if (queued.size() < queued_max) {
      queued.push_back(event);
    } else {
      queued.clear();
      reread = true;
    }
    bell.cancel();
  }
};

struct EventTailer::Core : std::enable_shared_from_this<Core> {
  Core(Loop& own_loop, redis::Client& own_client, const Keys& own_keys)
      : loop(own_loop), client(own_client), keys(own_keys), pause(own_loop) {}

  Loop& loop;
  redis::Client& client;
  const Keys& keys;
  asio::steady_timer pause;
  bool stopped = false;
  bool running = false;
  std::vector<std::string> positions;  // By shard: the last line read.
  std::vector<std::weak_ptr<Subscription::State>> subscribers;

  void Prune() {
    std::erase_if(subscribers, [](const auto& subscriber) { return subscriber.expired(); });
  }

  void Tell(const Event& event) {
    for (const auto& weak : subscribers) {
      if (const auto subscriber = weak.lock()) subscriber->Hear(event);
    }
  }

  Task<bool> ReadAll();
  static Task<void> Run(std::shared_ptr<Core> self);
};

// One round. Whether there may be more at once.
Task<bool> EventTailer::Core::ReadAll() {
  std::vector<redis::Pending> pending = StartReading(client, keys, positions, kReadMax);
  bool more = false;
  for (size_t shard = 0; shard < pending.size(); ++shard) {
    const absl::StatusOr<redis::Reply> reply = co_await pending[shard].Wait();
    const absl::StatusOr<std::vector<Event>> events = LinesOf(static_cast<int>(shard), reply);
    if (!events.ok()) continue;  // Read again in the next round.
    for (const Event& event : *events) {
      positions[shard] = event.position;
      Tell(event);
    }
    more = more || events->size() == static_cast<size_t>(kReadMax);
  }
  co_return more;
}

Task<void> EventTailer::Core::Run(std::shared_ptr<Core> self) {
  while (!self->stopped) {
    const bool more = co_await self->ReadAll();
    self->Prune();
    if (self->subscribers.empty()) break;
    if (more) continue;
    self->pause.expires_after(absl::ToChronoNanoseconds(kTailEvery));
    co_await self->pause.async_wait(kAsTuple);
  }
  self->running = false;
}

EventTailer::EventTailer(Loop& loop, redis::Client& client, const Keys& keys)
    : core_(std::make_shared<Core>(loop, client, keys)) {}

EventTailer::~EventTailer() {
  core_->stopped = true;
  core_->pause.cancel();
  for (const auto& weak : core_->subscribers) {
    if (const auto subscriber = weak.lock()) {
      subscriber->ended = true;
      subscriber->bell.cancel();
    }
  }
}

bool EventTailer::running() const { return core_->running; }

Task<absl::StatusOr<std::unique_ptr<EventTailer::Subscription>>> EventTailer::Subscribe(
    std::string tenant, std::string id, size_t queued_max) {
  const std::shared_ptr<Core> core = core_;
  auto state = std::make_shared<Subscription::State>(core->loop, std::move(tenant), std::move(id),
                                                     std::max<size_t>(queued_max, 1));
  state->ended = core->stopped;
  // Heard from now on, if the tailer runs; it cannot end while this one is in its list.
  core->Prune();
  core->subscribers.push_back(state);
  if (!core->running) {
    absl::StatusOr<std::vector<std::string>> ends = co_await EndsOfEvents(core->client, core->keys);
    if (!ends.ok()) co_return ends.status();
    // Another subscriber may have started it while we asked; its positions are older than ours.
    if (!core->running && !core->stopped) {
      core->positions = *std::move(ends);
      core->running = true;
      asio::co_spawn(core->loop, Core::Run(core), asio::detached);
    }
  }
  co_return std::unique_ptr<Subscription>(new Subscription(std::move(state)));
}

EventTailer::Subscription::Subscription(std::shared_ptr<State> state) : state_(std::move(state)) {}
EventTailer::Subscription::~Subscription() = default;

Task<EventTailer::Subscription::News> EventTailer::Subscription::Next(absl::Duration limit) {
  const std::shared_ptr<State> state = state_;
  if (state->queued.empty() && !state->reread && !state->ended) {
    state->bell.expires_after(absl::ToChronoNanoseconds(limit));
    co_await state->bell.async_wait(kAsTuple);
  }
  News news;
  news.events = std::exchange(state->queued, {});
  news.reread = std::exchange(state->reread, false);
  news.ended = state->ended;
  co_return news;
}

}  // namespace posthaste::queue
