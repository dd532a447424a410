// Days on which Redis is away, weak, full, frozen or somebody else's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/ledger_load.h"
#include "tests/e2e/ledger_service.h"
#include "tests/support/fault_relay.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using v1::Message;

class BadDaysRedis : public ::testing::Test {
 protected:
  ServiceOptions Options() {
    ServiceOptions options;
    options.relays = {relay_.port()};
    return options;
  }

  // What `serve` said before it gave up, its log left out.
  static std::vector<std::string> LastWords(Process& process) {
    std::vector<std::string> lines;
    for (const auto& line : absl::StrSplit(process.Err(), '\n')) {
      if (!line.empty() && line.front() != '{') lines.emplace_back(line);
    }
    return lines;
  }

  // It must end by itself, with one line that says why.
  static void ExpectRefusal(Process& process, const std::string& why) {
    const std::optional<int> code = process.Wait(absl::Seconds(30));
    EXPECT_THAT(code.value_or(0), AnyOf(1, 2)) << process.Err();
    const std::vector<std::string> words = LastWords(process);
    ASSERT_EQ(words.size(), 1U) << process.Err();
    EXPECT_THAT(words[0], HasSubstr(why));
  }

  static void ExpectAway(const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    EXPECT_GT(RetryDelay(status).value_or(absl::ZeroDuration()), absl::ZeroDuration())
        << status.error_message();
  }

  static std::set<std::string> Lines(const std::string& text) {
    std::set<std::string> lines;
    for (const auto& line : absl::StrSplit(text, '\n')) {
      if (!line.empty()) lines.emplace(line);
    }
    return lines;
  }

  FaultRelay relay_;
};

TEST_F(BadDaysRedis, AwayAtStartItIsWaitedForAndThenTheServiceIsReady) {
  LedgerService service(Options());
  service.redis().Stop();
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return caller.Health() == "NOT_SERVING"; }));
  EXPECT_THAT(service.Page("/livez"), StartsWith("200"));
  EXPECT_THAT(service.Page("/readyz"), StartsWith("503\nredis: "));
  v1::Verification verification;
  ExpectAway(caller.SendCode("ana@example.test", "first", &verification));

  service.redis().Restart();
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  EXPECT_THAT(service.Page("/readyz"), StartsWith("200"));
  const grpc::Status sent = caller.SendCode("ana@example.test", "first", &verification);
  ASSERT_TRUE(sent.ok()) << sent.error_message();
  EXPECT_EQ(WaitFor(caller, verification.message_id(), Message::ACCEPTED).state(),
            Message::ACCEPTED);
  EXPECT_TRUE(serve->Running());
}

TEST_F(BadDaysRedis, AwayLaterLeavesNothingHalfDone) {
  LedgerService service(Options());
  const auto serve = service.Serve("api");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  LedgerLoad load(service.address(), 400, 8);
  load.Allow(400);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return load.acknowledged() > 40; }));
  service.redis().Kill9();
  v1::Message message;
  ExpectAway(caller.SendNotice("ben@example.test", "while it was away", &message));
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return caller.Health() == "NOT_SERVING"; }));
  EXPECT_THAT(service.Page("/readyz"), StartsWith("503\nredis: "));

  service.redis().Restart();
  ASSERT_TRUE(PollUntil(absl::Seconds(30), [&] { return load.acknowledged() == 400; }));
  EXPECT_THAT(load.surprises(), ::testing::IsEmpty());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  // Each message has its place in a lane, each code its verification, and nothing else is there.
  std::set<std::string> asked, stored, waiting;
  int verified = 0;
  for (const LedgerLoad::Entry& entry : load.entries()) asked.insert(entry.id);
  for (const std::string& key : Lines(service.redis().Call({"KEYS", "ph:{*}:m:*"}))) {
    stored.insert(key.substr(key.rfind(':') + 1));
    // The size of the verification in its record.
    const std::string size = service.redis().Call({"GETRANGE", key, "44", "45"});
    verified += size == std::string(2, '\0') ? 0 : 1;
  }
  for (const std::string& key : Lines(service.redis().Call({"KEYS", "ph:{*}:q:*"}))) {
    waiting.merge(Lines(service.redis().Call({"ZRANGE", key, "0", "-1"})));
  }
  EXPECT_EQ(stored, asked);
  EXPECT_EQ(waiting, asked);
  EXPECT_EQ(verified, 200);
}

TEST_F(BadDaysRedis, FrozenForThreeSecondsUnderLoadIsOvercome) {
  ServiceOptions options = Options();
  options.redis.movable_clock = true;
  LedgerService service(options);
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  LedgerLoad load(service.address(), 400, 8);
  load.Allow(400);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return load.acknowledged() > 40; }));
  service.redis().Freeze();
  PollUntil(absl::Seconds(3), [] { return false; });
  EXPECT_LT(load.acknowledged(), 400);
  service.redis().Thaw();
  ASSERT_TRUE(PollUntil(absl::Seconds(30), [&] { return load.acknowledged() == 400; }));
  EXPECT_THAT(load.surprises(), ::testing::IsEmpty());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  // What was claimed by an answer that came too late waits for the end of its lease.
  PollUntil(absl::Seconds(3), [] { return false; });
  service.redis().MoveClock(absl::Seconds(31));
  for (const LedgerLoad::Entry& entry : load.entries()) {
    const Message message = WaitFor(caller, entry.id, Message::ACCEPTED);
    EXPECT_EQ(message.state(), Message::ACCEPTED) << message.ShortDebugString();
    EXPECT_EQ(relay_.Of(entry.id).copies, 1) << message.ShortDebugString();
  }
}

TEST_F(BadDaysRedis, ThatIsStillLoadingIsAwayAndNotBroken) {
  ServiceOptions options = Options();
  // Two milliseconds for each key.
  options.redis.arguments = {"--key-load-delay", "2000"};
  LedgerService service(options);
  const auto serve = service.Serve("api");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  LedgerLoad load(service.address(), 300, 8);
  load.Allow(300);
  ASSERT_TRUE(PollUntil(absl::Seconds(30), [&] { return load.acknowledged() == 300; }));
  service.redis().Restart();  // Returns when it has loaded; the service asks from the start on.
  EXPECT_TRUE(WaitServing(caller)) << serve->Err();
  v1::Message message;
  EXPECT_TRUE(caller.SendNotice("cho@example.test", "later", &message).ok());
  EXPECT_TRUE(serve->Running());
}

TEST_F(BadDaysRedis, WithLessThanItsLevelOfDurabilityIsRefused) {
  ServiceOptions options = Options();
  options.redis.appendfsync = "everysec";
  LedgerService service(options);
  const auto serve = service.Serve("all");
  ExpectRefusal(*serve, "appendfsync is everysec");
}

TEST_F(BadDaysRedis, OfAnotherInstallationIsRefused) {
  LedgerService service(Options());
  const auto ours = service.Serve("api");
  ASSERT_TRUE(WaitServing(Caller(service.address()))) << ours->Err();
  ours->Signal(SIGTERM);
  EXPECT_EQ(ours->Wait(absl::Seconds(20)), 0);

  const std::string others = service.MakeKeys("other");
  const auto other_key =
      service.Serve("all", service.WriteConfig("key.yaml", service.redis_block(), others));
  ExpectRefusal(*other_key, "another hash key");
  const auto other_shards = service.Serve(
      "all", service.WriteConfig("shards.yaml", service.redis_block() + ", shards: 8"));
  ExpectRefusal(*other_shards, "another number of shards");
}

TEST_F(BadDaysRedis, FullRefusesNewMailAndStillDrains) {
  relay_.Play([](const std::string&, int) { return Fate::kStallData; });
  relay_.SetStall(absl::Milliseconds(400));
  LedgerService service(Options());
  const auto serve = service.Serve("all");
  const Caller caller(service.address());
  ASSERT_TRUE(WaitServing(caller)) << serve->Err();
  v1::Message first;
  ASSERT_TRUE(caller.SendNotice("first@example.test", "first", &first).ok());
  const std::string info = service.redis().Call({"INFO", "memory"});
  const size_t at = info.find("used_memory:") + 12;
  const int64_t used = std::stoll(info.substr(at, info.find('\r', at) - at));
  service.redis().Call({"CONFIG", "SET", "maxmemory", absl::StrCat(used + 300'000)});

  std::vector<std::string> ids = {first.id()};
  grpc::Status status;
  for (int i = 0; i < 3000 && status.ok(); ++i) {
    v1::Message message;
    status = caller.SendNotice(absl::StrCat("n", i, "@example.test"), "r", &message);
    if (status.ok()) ids.push_back(message.id());
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_TRUE(RetryDelay(status).has_value());
  relay_.SetStall(absl::ZeroDuration());
  for (const std::string& id : ids) {
    const Message message = WaitFor(caller, id, Message::ACCEPTED, absl::Seconds(30));
    ASSERT_EQ(message.state(), Message::ACCEPTED) << message.ShortDebugString();
    EXPECT_EQ(relay_.Of(id).copies, 1);
  }
  EXPECT_EQ(caller.Health(), "SERVING");
  service.redis().Call({"CONFIG", "SET", "maxmemory", "0"});
  v1::Message after;
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] {
    return caller.SendNotice("after@example.test", "after", &after).ok();
  }));
}

}  // namespace
}  // namespace posthaste
