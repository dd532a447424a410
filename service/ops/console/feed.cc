#include "service/ops/console/feed.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/signal.h"

namespace posthaste::ops {
namespace {

constexpr absl::Duration kSilenceMax = absl::Seconds(1);

}  // namespace

// Shared with listeners and the producer, which may outlive the feed.
struct Feed::State {
  State(Loop& on, std::function<Task<std::string>()> given, absl::Duration every)
      : loop(on), produce(std::move(given)), period(every) {}

  Loop& loop;
  const std::function<Task<std::string>()> produce;
  const absl::Duration period;
  std::set<Listener*> listeners;
  std::string latest;
  int64_t version = 0;
  bool producing = false;
  bool stopped = false;
};

struct Feed::Listener {
  explicit Listener(std::shared_ptr<State> of) : state(std::move(of)), news(state->loop) {
    state->listeners.insert(this);
  }
  ~Listener() { state->listeners.erase(this); }

  const std::shared_ptr<State> state;
  Signal news;
  int64_t heard = 0;
};

Feed::Feed(Loop& loop, std::function<Task<std::string>()> produce, absl::Duration period)
    : state_(std::make_shared<State>(loop, std::move(produce), period)) {}

Feed::~Feed() { Stop(); }

void Feed::Stop() {
  state_->stopped = true;
  for (Listener* listener : state_->listeners) listener->news.Notify();
}

Task<std::string> Feed::Next(std::shared_ptr<Listener> listener) {
  State& state = *listener->state;
  // A notice may be left from news that were heard without a wait.
  for (int i = 0; i < 2 && !state.stopped && listener->heard == state.version; ++i)
    co_await listener->news.Wait(kSilenceMax);
  if (state.stopped) co_return "";
  if (listener->heard == state.version) co_return ": still here\n\n";
  listener->heard = state.version;
  co_return absl::StrCat("data: ", state.latest, "\n\n");
}

Task<void> Feed::Produce(std::shared_ptr<State> state) {
  Signal pause(state->loop);
  while (!state->stopped && !state->listeners.empty()) {
    std::string made = co_await state->produce();
    if (made != state->latest) {
      state->latest = std::move(made);
      ++state->version;
      for (Listener* listener : state->listeners) listener->news.Notify();
    }
    co_await pause.Wait(state->period);
  }
  state->producing = false;
}

std::optional<Feed::Stream> Feed::Listen() {
  if (state_->stopped || state_->listeners.size() >= kListenersMax) return std::nullopt;
  const auto listener = std::make_shared<Listener>(state_);
  if (!std::exchange(state_->producing, true))
    asio::co_spawn(state_->loop, Produce(state_), asio::detached);
  return [listener] { return Next(listener); };
}

}  // namespace posthaste::ops
