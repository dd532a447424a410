#include "service/queue/waker.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace posthaste::queue {
namespace {

struct Route {
  absl::flat_hash_map<std::string, int> shards;  // By channel.
  Waker::OnWake on_wake;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Waker>> Waker::Make(Loop& loop, redis::ClientOptions options,
                                                   const Keys& keys, OnWake on_wake,
                                                   const Clock& clock, Random& random) {
  const auto route = std::make_shared<Route>();
  route->on_wake = std::move(on_wake);
  for (int shard = 0; shard < keys.shards(); ++shard) {
    route->shards.emplace(keys.Armed(shard), shard);
  }
  redis::Subscriber::Handlers handlers;
  handlers.message = [route](std::string_view channel, std::string_view) {
    const auto found = route->shards.find(std::string(channel));
    if (found != route->shards.end()) route->on_wake(found->second);
  };
  handlers.connected = [route, shards = keys.shards()] {
    for (int shard = 0; shard < shards; ++shard) route->on_wake(shard);
  };
  handlers.lost = [](const absl::Status&) {};  // The client of commands reports that.
  auto subscriber =
      redis::Subscriber::Make(loop, std::move(options), std::move(handlers), clock, random);
  if (!subscriber.ok()) return subscriber.status();
  std::unique_ptr<Waker> waker(new Waker());
  waker->subscriber_ = *std::move(subscriber);
  for (const auto& [channel, shard] : route->shards) {
    waker->subscriber_->Subscribe(channel, redis::Subscriber::Kind::kSharded);
  }
  return waker;
}

Waker::~Waker() = default;

}  // namespace posthaste::queue
