#include "service/queue/events.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/numbers.h"

namespace posthaste::queue {
namespace {

constexpr int kReadMax = 1000;  // Lines of one shard in one round.

// The pairs of one line.
std::optional<Event> ParseLine(int shard, const redis::Reply& line) {
  const auto parts = line.Array();
  if (!parts.ok() || (*parts)->size() != 2) return std::nullopt;
  const auto fields = (**parts)[1].Array();
  if (!fields.ok()) return std::nullopt;
  Event event;
  event.shard = shard;
  event.position = (**parts)[0].raw_text();
  for (size_t i = 0; i + 1 < (*fields)->size(); i += 2) {
    const std::string& name = (**fields)[i].raw_text();
    const std::string& value = (**fields)[i + 1].raw_text();
    if (name == "i") event.id = value;
    if (name == "t") event.tenant = value;
    if (name == "s" && !absl::SimpleAtoi(value, &event.state)) return std::nullopt;
  }
  return event;
}

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

  // The present ends of all streams.
  Task<absl::StatusOr<std::vector<std::string>>> Ends();
  Task<bool> ReadAll();
  static Task<void> Run(std::shared_ptr<Core> self);
};

Task<absl::StatusOr<std::vector<std::string>>> EventTailer::Core::Ends() {
  std::vector<redis::Pending> pending;
  for (int shard = 0; shard < keys.shards(); ++shard) {
    redis::Command last("XREVRANGE", keys.Events(shard), "+", "-", "COUNT", 1);
    pending.push_back(client.Start(std::move(last)));
  }
  std::vector<std::string> ends;
  for (redis::Pending& one : pending) {
    const absl::StatusOr<redis::Reply> reply = co_await one.Wait();
    if (!reply.ok()) co_return reply.status();
    const auto lines = reply->Array();
    if (!lines.ok()) co_return lines.status();
    if ((*lines)->empty()) {
      ends.emplace_back("0-0");
      continue;
    }
    const auto line = (*lines)->front().Array();
    if (!line.ok() || (*line)->empty()) co_return absl::InternalError("a stream's line is odd");
    ends.push_back((*line)->front().raw_text());
  }
  co_return ends;
}

// One round. Whether there may be more at once.
Task<bool> EventTailer::Core::ReadAll() {
  std::vector<redis::Pending> pending;
  for (int shard = 0; shard < keys.shards(); ++shard) {
    redis::Command read("XREAD", "COUNT", kReadMax, "STREAMS", keys.Events(shard),
                        positions[static_cast<size_t>(shard)]);
    pending.push_back(client.Start(std::move(read)));
  }
  bool more = false;
  for (size_t shard = 0; shard < pending.size(); ++shard) {
    const absl::StatusOr<redis::Reply> reply = co_await pending[shard].Wait();
    if (!reply.ok() || reply->IsNil()) continue;  // Read again in the next round.
    const auto streams = reply->Array();
    if (!streams.ok() || (*streams)->empty()) continue;
    const auto stream = (*streams)->front().Array();
    if (!stream.ok() || (*stream)->size() != 2) continue;
    const auto lines = (**stream)[1].Array();
    if (!lines.ok()) continue;
    for (const redis::Reply& line : **lines) {
      const std::optional<Event> event = ParseLine(static_cast<int>(shard), line);
      if (!event.has_value()) continue;
      positions[shard] = event->position;
      Tell(*event);
    }
    more = more || (*lines)->size() == static_cast<size_t>(kReadMax);
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
    absl::StatusOr<std::vector<std::string>> ends = co_await core->Ends();
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
