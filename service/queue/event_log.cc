#include "service/queue/event_log.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "posthaste/store/v1/event_cursor.pb.h"
#include "service/queue/stats.h"

namespace posthaste::queue {
namespace {

// How far our notion of Redis' clock may be off.
constexpr int64_t kDoubtMillis = 1000;

constexpr char kNoLine[] = "0-0";

// nullopt: no line of a stream, which Redis never answers.
std::optional<Event> ParseLine(int shard, const redis::Reply& line) {
  const auto parts = line.Array();
  if (!parts.ok() || (*parts)->size() != 2) return std::nullopt;
  Event place;
  place.shard = shard;
  place.position = (**parts)[0].raw_text();
  const auto fields = (**parts)[1].Array();
  if (!fields.ok()) return place;
  Event event = place;
  for (size_t i = 0; i + 1 < (*fields)->size(); i += 2) {
    const std::string& name = (**fields)[i].raw_text();
    const std::string& value = (**fields)[i + 1].raw_text();
    if (name == "i") event.id = value;
    if (name == "t") event.tenant = value;
    if (name == "s" && !absl::SimpleAtoi(value, &event.state)) return place;
  }
  return event;
}

// The id of an answer's first line; kNoLine for none.
absl::StatusOr<std::string> FirstOf(const absl::StatusOr<redis::Reply>& reply) {
  if (!reply.ok()) return reply.status();
  const auto lines = reply->Array();
  if (!lines.ok()) return lines.status();
  if ((*lines)->empty()) return std::string(kNoLine);
  const auto line = (*lines)->front().Array();
  if (!line.ok() || (*line)->empty()) return absl::InternalError("a stream's line is odd");
  return (*line)->front().raw_text();
}

}  // namespace

Position Position::Parse(std::string_view text) {
  const size_t dash = text.find('-');
  Position position;
  if (dash == std::string_view::npos ||
      !absl::SimpleAtoi(std::string(text.substr(0, dash)), &position.millis) ||
      !absl::SimpleAtoi(std::string(text.substr(dash + 1)), &position.sequence))
    return {};
  return position;
}

std::string Position::ToString() const { return absl::StrCat(millis, "-", sequence); }

std::string EncodeCursor(const EventCursor& cursor) {
  store::v1::EventCursor stored;
  stored.set_seen_ms(cursor.seen_ms);
  for (const std::string& text : cursor.positions) {
    const Position position = Position::Parse(text);
    stored.add_millis(position.millis);
    stored.add_sequence(position.sequence);
  }
  return stored.SerializeAsString();
}

std::optional<EventCursor> DecodeCursor(std::string_view bytes, int shards) {
  store::v1::EventCursor stored;
  if (bytes.size() > std::numeric_limits<uint16_t>::max() ||
      !stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      stored.millis_size() != shards || stored.sequence_size() != shards)
    return std::nullopt;
  EventCursor cursor;
  cursor.seen_ms = stored.seen_ms();
  for (int shard = 0; shard < shards; ++shard) {
    const Position position{stored.millis(shard), stored.sequence(shard)};
    cursor.positions.push_back(position.ToString());
  }
  return cursor;
}

bool MayHaveLost(const EventCursor& cursor, int64_t now_ms, const std::vector<Kept>& kept) {
  if (cursor.seen_ms < now_ms - absl::ToInt64Milliseconds(kEventsKept)) return true;
  for (size_t shard = 0; shard < kept.size() && shard < cursor.positions.size(); ++shard) {
    const Kept& stream = kept[shard];
    if (stream.lines < kEventsMax || !stream.first.has_value()) continue;
    if (Position::Parse(cursor.positions[shard]) < *stream.first &&
        static_cast<int64_t>(stream.first->millis) > cursor.seen_ms)
      return true;
  }
  return false;
}

std::vector<redis::Pending> StartReading(redis::Client& client, const Keys& keys,
                                         const std::vector<std::string>& positions, int lines_max) {
  std::vector<redis::Pending> pending;
  for (int shard = 0; shard < keys.shards(); ++shard) {
    redis::Command read("XREAD", "COUNT", lines_max, "STREAMS", keys.Events(shard),
                        positions[static_cast<size_t>(shard)]);
    pending.push_back(client.Start(std::move(read)));
  }
  return pending;
}

absl::StatusOr<std::vector<Event>> LinesOf(int shard, const absl::StatusOr<redis::Reply>& reply) {
  if (!reply.ok()) return reply.status();
  std::vector<Event> events;
  if (reply->IsNil()) return events;
  const auto streams = reply->Array();
  if (!streams.ok()) return streams.status();
  if ((*streams)->empty()) return events;
  const auto stream = (*streams)->front().Array();
  if (!stream.ok()) return stream.status();
  if ((*stream)->size() != 2) return absl::InternalError("a stream's answer is odd");
  const auto lines = (**stream)[1].Array();
  if (!lines.ok()) return lines.status();
  for (const redis::Reply& line : **lines) {
    std::optional<Event> event = ParseLine(shard, line);
    if (event.has_value()) events.push_back(*std::move(event));
  }
  return events;
}

Task<absl::StatusOr<std::vector<std::string>>> EndsOfEvents(redis::Client& client,
                                                            const Keys& keys) {
  std::vector<redis::Pending> pending;
  for (int shard = 0; shard < keys.shards(); ++shard) {
    redis::Command last("XREVRANGE", keys.Events(shard), "+", "-", "COUNT", 1);
    pending.push_back(client.Start(std::move(last)));
  }
  std::vector<std::string> ends;
  for (redis::Pending& one : pending) {
    const absl::StatusOr<redis::Reply> reply = co_await one.Wait();
    absl::StatusOr<std::string> end = FirstOf(reply);
    if (!end.ok()) co_return end.status();
    ends.push_back(*std::move(end));
  }
  co_return ends;
}

int64_t EventLog::PastMillis() const { return clock_.NowMillis() - kDoubtMillis; }

Task<absl::StatusOr<EventCursor>> EventLog::End() {
  const ReadGate::Pass pass = co_await gate_.Enter();
  EventCursor cursor;
  cursor.seen_ms = PastMillis();
  absl::StatusOr<std::vector<std::string>> ends = co_await EndsOfEvents(client_, keys_);
  if (!ends.ok()) co_return ends.status();
  cursor.positions = *std::move(ends);
  co_return cursor;
}

Task<absl::StatusOr<std::vector<Kept>>> EventLog::KeptNow() {
  const ReadGate::Pass pass = co_await gate_.Enter();
  std::vector<redis::Pending> firsts, lengths;
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    redis::Command first("XRANGE", keys_.Events(shard), "-", "+", "COUNT", 1);
    redis::Command length("XLEN", keys_.Events(shard));
    firsts.push_back(client_.Start(std::move(first)));
    lengths.push_back(client_.Start(std::move(length)));
  }
  std::vector<Kept> kept;
  for (size_t shard = 0; shard < firsts.size(); ++shard) {
    const absl::StatusOr<redis::Reply> first = co_await firsts[shard].Wait();
    const absl::StatusOr<redis::Reply> length = co_await lengths[shard].Wait();
    const absl::StatusOr<std::string> id = FirstOf(first);
    if (!id.ok()) co_return id.status();
    if (!length.ok()) co_return length.status();
    const absl::StatusOr<int64_t> lines = length->Integer();
    if (!lines.ok()) co_return lines.status();
    Kept stream;
    if (*id != kNoLine) stream.first = Position::Parse(*id);
    stream.lines = *lines;
    kept.push_back(stream);
  }
  co_return kept;
}

Task<absl::Status> EventLog::Check(EventCursor cursor) {
  const absl::StatusOr<std::vector<Kept>> kept = co_await KeptNow();
  if (!kept.ok()) co_return kept.status();
  if (MayHaveLost(cursor, clock_.NowMillis(), *kept))
    co_return absl::OutOfRangeError("events behind this place were trimmed");
  co_return absl::OkStatus();
}

Task<absl::StatusOr<EventLog::Round>> EventLog::After(EventCursor cursor) {
  const ReadGate::Pass pass = co_await gate_.Enter();
  const int64_t past_ms = PastMillis();
  std::vector<redis::Pending> pending = StartReading(client_, keys_, cursor.positions, kLinesMax);
  Round round;
  absl::Status status;
  for (size_t shard = 0; shard < pending.size(); ++shard) {
    const absl::StatusOr<redis::Reply> reply = co_await pending[shard].Wait();
    absl::StatusOr<std::vector<Event>> events = LinesOf(static_cast<int>(shard), reply);
    status.Update(events.status());
    if (!events.ok() || events->empty()) continue;
    round.more = round.more || events->size() == static_cast<size_t>(kLinesMax);
    cursor.positions[shard] = events->back().position;
    std::move(events->begin(), events->end(), std::back_inserter(round.events));
  }
  if (!status.ok()) co_return status;
  std::sort(round.events.begin(), round.events.end(), [](const Event& a, const Event& b) {
    return std::tuple(Position::Parse(a.position), a.shard) <
           std::tuple(Position::Parse(b.position), b.shard);
  });
  if (!round.more) cursor.seen_ms = std::max(cursor.seen_ms, past_ms);
  round.after = std::move(cursor);
  co_return round;
}

}  // namespace posthaste::queue
