#include "service/queue/event_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <chrono>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::ElementsAre;

TEST(Position, IsReadAsRedisWritesIt) {
  const Position position = Position::Parse("1764171234567-12");
  EXPECT_EQ(position.ToString(), "1764171234567-12");
  EXPECT_LT(position, (Position{1764171234567, 13}));
  EXPECT_LT(position, (Position{1764171234568, 0}));
  for (const char* text : {"", "-", "1", "1-", "-1", "a-1", "1-b", "1-2-3"})
    EXPECT_EQ(Position::Parse(text), Position()) << text;
}

TEST(EventCursor, ComesBackForTheSameNumberOfShardsOnly) {
  const EventCursor cursor{77, {"1-2", "0-0", "1764171234567-3", "4-5"}};
  const std::optional<EventCursor> back = DecodeCursor(EncodeCursor(cursor), 4);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->seen_ms, 77);
  EXPECT_EQ(back->positions, cursor.positions);
  EXPECT_EQ(DecodeCursor(EncodeCursor(cursor), 8), std::nullopt);
  EXPECT_EQ(DecodeCursor("\xff", 4), std::nullopt);
}

TEST(MayHaveLost, KnowsWhatWasTrimmedByAgeAndByNumber) {
  const int64_t now = 1'000'000'000'000;
  const int64_t kept = absl::ToInt64Milliseconds(kEventsKept);
  const auto at = [](int64_t ms) { return Position{static_cast<uint64_t>(ms), 0}; };
  const EventCursor young{now - kept, {at(now - kept - 5).ToString()}};
  EXPECT_FALSE(MayHaveLost(young, now, {{at(now - 10), 5}})) << "a quiet shard";
  EXPECT_FALSE(MayHaveLost(young, now, {{std::nullopt, 0}}));
  EXPECT_TRUE(MayHaveLost(young, now + 1, {{std::nullopt, 0}})) << "too old";
  const EventCursor recent{now - 1000, {at(now - 5000).ToString()}};
  EXPECT_TRUE(MayHaveLost(recent, now, {{at(now - 999), 1'000'000}})) << "cut behind it";
  EXPECT_FALSE(MayHaveLost(recent, now, {{at(now - 999), 999'999}})) << "nothing was cut";
  EXPECT_FALSE(MayHaveLost(recent, now, {{at(now - 1000), 1'000'000}})) << "only what was seen";
  EXPECT_FALSE(MayHaveLost(recent, now, {{at(now - 5000), 1'000'000}})) << "it is still there";
}

class EventLogTest : public LeaseTest {
 protected:
  EventLog log_{loop_, *peer_.client, keys_, peer_.clock};
};

TEST_F(EventLogTest, TellsAllThatCameAfterAPlaceInOrder) {
  AddJob();
  const EventCursor end = Run(log_.End()).value();
  std::vector<std::string> ids;
  for (int shard = 0; shard < kShards; ++shard) {
    JobOptions options;
    options.shard = shard;
    ids.push_back(AddJob(options));
    EXPECT_EQ(Run(peer_.messages.Cancel("acme", ids.back())).value(), Cancelled::kDone);
  }
  const EventLog::Round round = Run(log_.After(end)).value();
  std::vector<std::string> told;
  for (const Event& event : round.events) told.push_back(event.id);
  EXPECT_EQ(told, ids);
  EXPECT_FALSE(round.more);
  EXPECT_GE(round.after.seen_ms, end.seen_ms);
  EXPECT_TRUE(Run(log_.After(round.after)).value().events.empty());
}

TEST_F(EventLogTest, ReadsALongWayInRoundsAndKnowsWhereItHasSeenAll) {
  const EventCursor begin{1, std::vector<std::string>(kShards, "0-0")};
  for (int i = 0; i < EventLog::kLinesMax + 1; ++i)
    Server().Call({"XADD", keys_.Events(1), "*", "i", "m", "s", "1", "t", "acme"});
  const EventLog::Round first = Run(log_.After(begin)).value();
  EXPECT_TRUE(first.more);
  EXPECT_EQ(first.after.seen_ms, 1) << "there is more behind it";
  const EventLog::Round second = Run(log_.After(first.after)).value();
  EXPECT_THAT(second.events, ::testing::SizeIs(1));
  EXPECT_GT(second.after.seen_ms, 1);
}

TEST_F(EventLogTest, GoesOnBehindLinesThatAreNoEvents) {
  const EventCursor begin{1, std::vector<std::string>(kShards, "0-0")};
  for (int i = 0; i < EventLog::kLinesMax; ++i)
    Server().Call({"XADD", keys_.Events(1), "*", "i", "m", "s", "odd", "t", "acme"});
  Server().Call({"XADD", keys_.Events(1), "*", "i", "m", "s", "1", "t", "acme"});
  const EventLog::Round odd = Run(log_.After(begin)).value();
  for (const Event& event : odd.events) EXPECT_EQ(event.tenant + event.id, "");
  EXPECT_TRUE(odd.more);
  const EventLog::Round next = Run(log_.After(odd.after)).value();
  ASSERT_THAT(next.events, ::testing::SizeIs(1));
  EXPECT_EQ(next.events[0].tenant, "acme");
}

TEST_F(EventLogTest, LeavesTheConnectionToOthersHoweverManyRead) {
  const EventCursor begin{1, std::vector<std::string>(kShards, "0-0")};
  size_t done = 0;
  const auto count = [&done](const std::exception_ptr&, const auto& round) {
    EXPECT_TRUE(round.ok());
    ++done;
  };
  constexpr size_t kReaders = 10 * ReadGate::kPlaces;
  for (size_t i = 0; i < kReaders; ++i) asio::co_spawn(loop_, log_.After(begin), count);
  size_t waiting = 0;
  while (done < kReaders && loop_.run_one_for(std::chrono::seconds(20)) > 0)
    waiting = std::max(waiting, peer_.client->waiting());
  EXPECT_EQ(done, kReaders);
  EXPECT_LE(waiting, static_cast<size_t>(ReadGate::kPlaces * kShards));
}

TEST_F(EventLogTest, RefusesAPlaceThatIsTooOld) {
  EventCursor end = Run(log_.End()).value();
  EXPECT_TRUE(Run(log_.Check(end)).ok());
  end.seen_ms -= absl::ToInt64Milliseconds(kEventsKept) + 10'000;
  EXPECT_EQ(Run(log_.Check(end)).code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace posthaste::queue
