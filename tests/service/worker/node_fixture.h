// Workers with stores and senders of their own, and a relay whose answers a test gives.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/worker/worker.h"
#include "tests/service/worker/worker_fixture.h"

namespace posthaste::worker {

using v1::Message;

// The system's clock, for who is told that time has passed.
struct LateClock final : Clock {
  absl::Time Now() const override { return SystemClock().Now() + absl::FromChrono(late); }
  SteadyTime Steady() const override { return SystemClock().Steady() + late; }
  std::chrono::nanoseconds late{0};
};

// A worker with a connection and sessions of its own.
struct Node {
  Node(Loop& loop, std::unique_ptr<queue::Store> own, std::shared_ptr<const Shared> shared,
       const std::vector<int>& shards, const smtp::DialerFactory& dialers)
      : store(std::move(own)),
        sender(loop, SystemClock(), dialers),
        worker(loop, *store, sender, std::move(shared), shards, clock) {}

  LateClock clock;

  std::unique_ptr<queue::Store> store;
  smtp::Sender sender;
  Worker worker;
  bool stopped = false;
};

class WorkerTest : public RedisTest {
 protected:
  WorkerTest() : mini_(smtp::MiniRelay::Start(loop_)) {
    mails_.shared.routes["shop"] = {smtp::RouteStep{RelayAt(mini_->port())}};
    mails_.shared.grace = absl::Seconds(5);
  }
  ~WorkerTest() override {
    Answer();
    for (const std::unique_ptr<Node>& node : nodes_) {
      if (!node->stopped) Run(node->worker.Stop());
    }
    mini_->Stop();
    Settle();
  }

  Node& NewNode(const std::vector<int>& shards = {0, 1, 2, 3}) {
    nodes_.push_back(std::make_unique<Node>(loop_, NewStore(), mails_.Lent(), shards, dialers_));
    return *nodes_.back();
  }
  Node& Start(const std::vector<int>& shards = {0, 1, 2, 3}) {
    Node& node = NewNode(shards);
    node.worker.Start();
    return node;
  }
  // True in `*done` when it has.
  void BeginStop(Node& node, bool* done) {
    node.stopped = true;
    const auto stopping = [](Node& stopped, bool* told) -> Task<void> {
      co_await stopped.worker.Stop();
      *told = true;
    };
    asio::co_spawn(loop_, stopping(node, done), asio::detached);
  }

  bool UntilState(const std::string& id, Message::State state, int shard = 0) {
    return Until([&] { return StateOf(id, shard) == state; });
  }

  // The relay keeps silent after every dot …
  void KeepSilent() { mini_->replies["DOT"] = "-"; }
  // Only after the next one.
  void KeepSilentOnce() { mini_->once["DOT"] = "-"; }
  bool UntilSilent() {
    return Until([this] { return mini_->once.count("DOT") == 0; });
  }
  // … or answers again, also those that wait.
  void Answer() {
    mini_->replies.erase("DOT");
    for (const auto& socket : mini_->sockets) {
      boost::system::error_code ignored;
      asio::write(*socket, asio::buffer("250 2.0.0 at last\r\n", 19), ignored);
    }
  }

  std::shared_ptr<smtp::MiniRelay> mini_;
  smtp::DialerFactory dialers_ = smtp::TcpDialers(loop_);
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace posthaste::worker
