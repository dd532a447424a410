// The streams of events as they lie in Redis: where they end, what follows a place, and whether all
// of it is still there.
//
// Every change is a line in its shard's stream (scripts/lib_event.lua); upkeep.lua trims what is
// older than kEventsKept, and what is more than kEventsMax. A stream's ids only grow, whatever
// Redis' clock does, so a place in it is an id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/events.h"
#include "service/queue/keys.h"
#include "service/queue/read_gate.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr absl::Duration kEventsKept = absl::Hours(72);

// The state in the event of a suppression.
inline constexpr int kSuppressionStands = 1, kSuppressionGone = 2;

// An id of a stream, which Event has as text.
struct Position {
  uint64_t millis = 0, sequence = 0;  // Zeros: before the first line.

  // Zeros for what is no id of a stream.
  static Position Parse(std::string_view text);
  std::string ToString() const;  // "1764171234567-0".
  bool operator==(const Position&) const = default;
  bool operator<(const Position& other) const {
    return std::tie(millis, sequence) < std::tie(other.millis, other.sequence);
  }
};

// A place in the streams of all shards.
struct EventCursor {
  int64_t seen_ms =
      0;  // By Redis' clock: whatever was written before lies at or before `positions`.
  std::vector<std::string> positions;  // By shard: the id of the last line.
};

std::string EncodeCursor(const EventCursor& cursor);
// nullopt: not of an installation with so many shards.
std::optional<EventCursor> DecodeCursor(std::string_view bytes, int shards);

// What a stream still has.
struct Kept {
  std::optional<Position> first;  // None: it is empty.
  int64_t lines = 0;
};

// Whether a line behind `cursor` may have been trimmed. What was cut because it was too much leaves
// a full stream behind, which stays full until `cursor` is too old anyway.
bool MayHaveLost(const EventCursor& cursor, int64_t now_ms, const std::vector<Kept>& kept);

// Asks for at most `lines_max` lines of each shard behind `positions`; LinesOf reads each answer.
std::vector<redis::Pending> StartReading(redis::Client& client, const Keys& keys,
                                         const std::vector<std::string>& positions, int lines_max);
// In order. A line that is no event of ours is one that concerns no tenant: its place alone.
absl::StatusOr<std::vector<Event>> LinesOf(int shard, const absl::StatusOr<redis::Reply>& reply);

// The present ends of all streams.
Task<absl::StatusOr<std::vector<std::string>>> EndsOfEvents(redis::Client& client,
                                                            const Keys& keys);

// What the streams of a loop need of it: they share one, because they read in turn (read_gate.h).
class EventLog {
 public:
  static constexpr int kLinesMax = 32;  // Of one shard in one round.

  // All must outlive this; `loop` is the client's.
  EventLog(Loop& loop, redis::Client& client, const Keys& keys, const ServerClock& clock)
      : gate_(loop), client_(client), keys_(keys), clock_(clock) {}

  Task<absl::StatusOr<EventCursor>> End();

  // By shard.
  Task<absl::StatusOr<std::vector<Kept>>> KeptNow();

  // OUT_OF_RANGE: MayHaveLost.
  Task<absl::Status> Check(EventCursor cursor);

  struct Round {
    std::vector<Event> events;  // By position; in order within a shard.
    EventCursor after;          // Behind all of them.
    bool more = false;          // There are further ones.
  };
  Task<absl::StatusOr<Round>> After(EventCursor cursor);

 private:
  // What is surely past by Redis' clock.
  int64_t PastMillis() const;

  ReadGate gate_;
  redis::Client& client_;
  const Keys& keys_;
  const ServerClock& clock_;
};

}  // namespace posthaste::queue
