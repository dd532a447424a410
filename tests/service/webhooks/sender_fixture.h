// A real Redis with a store, and events as the scripts write them.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/queue/store.h"
#include "tests/service/redis/harness.h"
#include "tests/service/webhooks/receiver.h"
#include "tests/support/fake_random.h"

namespace posthaste::webhooks {

class SenderTest : public ::testing::Test {
 protected:
  static constexpr int kShards = 2;

  SenderTest() {
    Server().Call({"FLUSHALL"});
    store_ = queue::Store::Make(loop_, redis::UnixOptions(Server()), kShards).value();
    EXPECT_TRUE(Run(store_->client().WaitReady(redis::kPatience)).ok());
  }
  ~SenderTest() override { End(); }

  // One server for the binary; its clock only ever goes forward.
  static RedisServer& Server() {
    static RedisServer server{RedisOptions{.appendfsync = "", .movable_clock = true}};
    return server;
  }

  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task), std::chrono::seconds(20));
  }
  bool Until(const std::function<bool()>& done) { return redis::RunUntil(loop_, done); }
  // Lets what is ready happen: a few rounds of the tailer.
  void Settle() {
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(200));
  }

  // A line as the scripts write it; the event's id.
  std::string Write(int shard, const std::string& id, const std::string& tenant = "acme",
                    int state = queue::kSuppressionStands) {
    return absl::StrCat(shard, "-",
                        Server().Call({"XADD", store_->keys().Events(shard), "*", "i", id, "s",
                                       absl::StrCat(state), "t", tenant}));
  }
  // What the ledger says of the webhook; "" for nothing.
  std::string Field(const std::string& name) {
    const std::string value =
        Server().Call({"HGET", queue::Keys::Webhook("acme", endpoint_->id), name});
    return value == "(nil)" ? "" : value;
  }

  void Start() {
    ended_ = false;
    sender_ =
        std::make_shared<Sender>(loop_, *store_, endpoint_, To(receiver_), SystemClock(), random_);
    asio::co_spawn(loop_, sender_->Run(),
                   [this, sender = sender_](std::exception_ptr) { ended_ = true; });
  }
  // And waits until it has begun: what is written from now on is told.
  void Begin() {
    Start();
    ASSERT_TRUE(Until([this] { return !Field("cursor").empty(); }));
    Settle();
  }
  void End() {
    if (sender_ == nullptr) return;
    sender_->Stop(false);
    EXPECT_TRUE(Until([this] { return ended_; }));
    sender_ = nullptr;
  }

  Loop loop_;
  FakeRandom random_;
  Receiver receiver_;
  std::shared_ptr<Endpoint> endpoint_ = TestEndpoint();
  std::unique_ptr<queue::Store> store_;
  std::shared_ptr<Sender> sender_;
  bool ended_ = true;
};

}  // namespace posthaste::webhooks
