// Days on which relays fail, processes die and clocks pass deadlines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <future>

#include "absl/strings/str_cat.h"
#include "tests/e2e/ledger_load.h"
#include "tests/e2e/ledger_service.h"
#include "tests/support/fault_relay.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::IsEmpty;
using v1::Message;

// Longer than a lease, and than the wait after a doubt.
constexpr absl::Duration kPastLease = absl::Seconds(31), kPastDoubt = absl::Seconds(75);

ServiceOptions OptionsFor(std::vector<uint16_t> relays) {
  ServiceOptions options;
  options.redis.movable_clock = true;
  options.relays = std::move(relays);
  return options;
}

std::string SendCode(const Caller& caller, const std::string& recipient) {
  v1::Verification verification;
  const grpc::Status status = caller.SendCode(recipient, "r", &verification);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return verification.message_id();
}

// The message as soon as `wanted` holds; as it is after the limit otherwise.
template <typename Wanted>
Message WaitUntil(const Caller& caller, const std::string& id, Wanted wanted) {
  Message message;
  PollUntil(absl::Seconds(20), [&] {
    Message answer;
    if (caller.Get(id, &answer).ok()) message = answer;
    return wanted(message);
  });
  return message;
}

TEST(BadDaysRelay, ThatIsDownOrTurnsAwayIsPassedOver) {
  FaultRelay away, good;
  away.At(Stage::kGreeting, {Say("421 4.3.2 Not today"), Close()});
  LedgerService service(OptionsFor({FreePort(), away.port(), good.port()}));
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  const std::string id = SendCode(caller, "ana@example.test");
  const Message message = WaitFor(caller, id, Message::ACCEPTED);
  EXPECT_EQ(message.state(), Message::ACCEPTED);
  EXPECT_EQ(message.relay(), "relay2");
  EXPECT_EQ(message.uncertain_attempts(), 0);
  EXPECT_EQ(good.Of(id).copies, 1);
  v1::ListAttemptsResponse attempts;
  ASSERT_TRUE(caller.Attempts(id, &attempts).ok());
  ASSERT_EQ(attempts.attempts_size(), 3);
  EXPECT_EQ(attempts.attempts(0).failure_class(), v1::CONNECT_FAILURE);
  EXPECT_EQ(attempts.attempts(1).reply().substr(0, 3), "421");
  EXPECT_EQ(attempts.attempts(2).outcome(), v1::Attempt::ACCEPTED);
}

TEST(BadDaysRelay, ThatNeverSpeaksIsPassedOverAfterItsGreetingLimit) {
  FaultRelay silent, good;
  silent.At(Stage::kGreeting, {Hang()});
  LedgerService service(OptionsFor({silent.port(), good.port()}));
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  const std::string id = SendCode(caller, "ana@example.test");
  EXPECT_EQ(WaitFor(caller, id, Message::ACCEPTED, absl::Seconds(45)).relay(), "relay1");
  EXPECT_EQ(good.Of(id).copies, 1);
}

TEST(BadDaysRelay, ThatRefusesForNowIsAskedAgainAndForGoodIsNot) {
  FaultRelay relay([](const std::string& to, int number) {
    if (to.starts_with("nobody")) return Fate::kBounceRcpt;
    return number == 1 ? Fate::kDeferRcpt : Fate::kAccept;
  });
  LedgerService service(OptionsFor({relay.port()}));
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  const std::string ana = SendCode(caller, "ana@example.test");
  const std::string nobody = SendCode(caller, "nobody@example.test");
  const Message deferred = WaitFor(caller, ana, Message::DEFERRED);
  EXPECT_EQ(deferred.state(), Message::DEFERRED);
  EXPECT_EQ(deferred.last_reply().substr(0, 3), "451");
  EXPECT_EQ(WaitFor(caller, nobody, Message::BOUNCED).state(), Message::BOUNCED);
  service.redis().MoveClock(absl::Seconds(10));
  const Message accepted = WaitFor(caller, ana, Message::ACCEPTED);
  EXPECT_EQ(accepted.state(), Message::ACCEPTED);
  EXPECT_EQ(accepted.attempt_count(), 2);
  EXPECT_EQ(relay.Of(nobody).copies, 0);
}

TEST(BadDaysRelay, ThatIsDownDoesNotKeepAMessageFromBeingCancelled) {
  LedgerService service(OptionsFor({FreePort()}));
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  const std::string id = SendCode(caller, "ana@example.test");
  EXPECT_EQ(WaitFor(caller, id, Message::DEFERRED).state(), Message::DEFERRED);
  Message answer;
  const grpc::Status status = caller.Cancel(id, &answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(WaitFor(caller, id, Message::CANCELLED).state(), Message::CANCELLED);
}

TEST(BadDaysClock, ACodeThatExpiredIsNeverSent) {
  FaultRelay relay;
  LedgerService service(OptionsFor({relay.port()}));
  const auto api = service.Serve("api");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << api->Err();
  const std::string id = SendCode(caller, "ana@example.test");
  service.redis().MoveClock(absl::Minutes(31));
  const auto worker = service.Serve("worker");
  EXPECT_EQ(WaitFor(caller, id, Message::EXPIRED).state(), Message::EXPIRED) << worker->Err();
  EXPECT_EQ(relay.tries(), 0);
}

TEST(BadDaysClock, ACodeThatExpiresBetweenTwoTriesIsNeverSent) {
  FaultRelay relay([](const std::string&, int) { return Fate::kDeferDot; });
  LedgerService service(OptionsFor({relay.port()}));
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  const std::string id = SendCode(caller, "ana@example.test");
  EXPECT_EQ(WaitFor(caller, id, Message::DEFERRED).state(), Message::DEFERRED);
  relay.Play({});
  service.redis().MoveClock(absl::Minutes(31));
  EXPECT_EQ(WaitFor(caller, id, Message::EXPIRED).state(), Message::EXPIRED);
  EXPECT_EQ(relay.Of(id).copies, 0);
  EXPECT_EQ(relay.tries(), 1);
}

class BadDaysWorker : public ::testing::Test {
 protected:
  void SetUp() override {
    api_ = service_.Serve("api");
    worker_ = service_.Serve("worker");
    ASSERT_TRUE(WaitServing(caller_)) << api_->Err();
  }

  // Kills the worker while it waits for the relay's answer; starts another after its leases.
  void KillHolding() {
    ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return relay_.held() == 1; }));
    worker_->Signal(SIGKILL);
    worker_->Wait();
    service_.redis().MoveClock(kPastLease);
    worker_ = service_.Serve("worker");
  }

  FaultRelay relay_;
  LedgerService service_{OptionsFor({relay_.port()})};
  Caller caller_{service_.address()};
  std::unique_ptr<Process> api_, worker_;
};

TEST_F(BadDaysWorker, KilledAfterTheDotLeavesADoubtAndOneLabelledResend) {
  relay_.Play([](const std::string&, int number) {
    return number == 1 ? Fate::kHoldDotKept : Fate::kAccept;
  });
  const std::string id = SendCode(caller_, "ana@example.test");
  KillHolding();
  const Message doubtful =
      WaitUntil(caller_, id, [](const Message& now) { return now.uncertain_attempts() == 1; });
  EXPECT_EQ(doubtful.state(), Message::DEFERRED);
  EXPECT_EQ(doubtful.uncertain_attempts(), 1);
  EXPECT_EQ(relay_.tries(), 1);
  service_.redis().MoveClock(kPastDoubt);
  const Message accepted = WaitFor(caller_, id, Message::ACCEPTED);
  EXPECT_EQ(accepted.state(), Message::ACCEPTED);
  EXPECT_EQ(accepted.uncertain_attempts(), 1);
  EXPECT_EQ(relay_.Of(id).copies, 2);
  EXPECT_TRUE(relay_.Of(id).same);
}

TEST_F(BadDaysWorker, KilledAfterTheDotTwiceEndsUncertainAndTheCodeIsNotSentAThirdTime) {
  relay_.Play([](const std::string&, int) { return Fate::kHoldDotLost; });
  const std::string id = SendCode(caller_, "ana@example.test");
  KillHolding();
  EXPECT_EQ(WaitUntil(caller_, id, [](const Message& now) { return now.uncertain_attempts() == 1; })
                .state(),
            Message::DEFERRED);
  service_.redis().MoveClock(kPastDoubt);
  KillHolding();
  const Message message = WaitFor(caller_, id, Message::UNCERTAIN);
  EXPECT_EQ(message.state(), Message::UNCERTAIN);
  EXPECT_EQ(message.uncertain_attempts(), 2);
  service_.redis().MoveClock(absl::Minutes(10));
  const std::string next = SendCode(caller_, "ben@example.test");
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] { return relay_.tries() == 3; })) << next;
  EXPECT_EQ(relay_.Of(id).copies, 0);
}

TEST_F(BadDaysWorker, KilledBeforeTheFenceLeavesNoDoubt) {
  relay_.Play(
      [](const std::string&, int number) { return number == 1 ? Fate::kHoldData : Fate::kAccept; });
  const std::string id = SendCode(caller_, "ana@example.test");
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return relay_.held() == 1; }));
  KillHolding();
  const Message message = WaitFor(caller_, id, Message::ACCEPTED);
  EXPECT_EQ(message.state(), Message::ACCEPTED);
  EXPECT_EQ(relay_.Of(id).copies, 1);
}

TEST(BadDaysStop, UnderLoadSaysSoFirstEndsInTimeAndLosesNothing) {
  FaultRelay relay([](const std::string&, int) { return Fate::kStallDot; });
  relay.SetStall(absl::Milliseconds(300));
  LedgerService service(OptionsFor({relay.port()}));
  auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  auto health =
      std::async(std::launch::async, [&] { return caller.WatchHealth(absl::Seconds(30)); });
  LedgerLoad load(service.address(), 600, 8);
  load.Allow(600);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return load.acknowledged() > 150; }));
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return relay.tries() > 20; }));
  const auto asked = std::chrono::steady_clock::now();
  serve->Signal(SIGTERM);
  EXPECT_EQ(serve->Wait(absl::Seconds(20)), 0) << serve->Err();
  // worker.grace is 5 s; what is under way takes 300 ms.
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(7));
  const std::vector<std::string> told = health.get();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), "NOT_SERVING");

  serve = service.Serve("all");
  relay.SetStall(absl::ZeroDuration());
  ASSERT_TRUE(PollUntil(absl::Seconds(40), [&] { return load.acknowledged() == 600; }));
  EXPECT_THAT(load.surprises(), IsEmpty());
  for (const LedgerLoad::Entry& entry : load.entries()) {
    const Message message = WaitFor(caller, entry.id, Message::ACCEPTED);
    ASSERT_EQ(message.state(), Message::ACCEPTED) << message.ShortDebugString();
    // A stop costs no attempt and leaves no doubt.
    EXPECT_EQ(message.attempt_count(), 1) << message.ShortDebugString();
    EXPECT_EQ(message.uncertain_attempts(), 0);
    EXPECT_EQ(relay.Of(entry.id).copies, 1);
  }
}

}  // namespace
}  // namespace posthaste
