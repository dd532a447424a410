#include "service/queue/webhook_ledger.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/queue/call.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

// What is not yet too old when a gap has just been told, though the oldest line that is kept is.
constexpr absl::Duration kYounger = absl::Minutes(1);

Position Before(const Position& position) {
  if (position.sequence > 0) return {position.millis, position.sequence - 1};
  if (position.millis == 0) return {};
  return {position.millis - 1, std::numeric_limits<uint64_t>::max()};
}

template <typename Number>
Number NumberOf(const redis::Reply& reply) {
  Number number = 0;
  return absl::SimpleAtoi(reply.raw_text(), &number) ? number : 0;
}

}  // namespace

std::string EncodeMarks(const Marks& marks) {
  std::string text;
  for (const Mark& mark : marks)
    absl::StrAppend(&text, text.empty() ? "" : " ", mark.position, ":", mark.seen_ms);
  return text;
}

std::optional<Marks> DecodeMarks(std::string_view text, int shards) {
  Marks marks;
  const std::vector<std::string> parts = absl::StrSplit(std::string(text), ' ');
  for (const std::string& part : parts) {
    const size_t colon = part.find(':');
    Mark mark;
    if (colon == std::string::npos || !absl::SimpleAtoi(part.substr(colon + 1), &mark.seen_ms))
      return std::nullopt;
    mark.position = Position::Parse(part.substr(0, colon)).ToString();
    marks.push_back(std::move(mark));
  }
  if (marks.size() != static_cast<size_t>(shards)) return std::nullopt;
  return marks;
}

std::optional<Mark> BehindGap(const Mark& mark, int64_t now_ms, const Kept& kept) {
  const Position position = Position::Parse(mark.position);
  // What is kept goes on right behind it.
  if (kept.first.has_value() && !(position < *kept.first)) return std::nullopt;
  const EventCursor cursor{mark.seen_ms, {mark.position}};
  if (!MayHaveLost(cursor, now_ms, {kept})) return std::nullopt;
  Mark behind;
  behind.seen_ms = now_ms - absl::ToInt64Milliseconds(kEventsKept - kYounger);
  behind.position = mark.position;
  if (!kept.first.has_value()) return behind;
  behind.seen_ms = std::max(behind.seen_ms, static_cast<int64_t>(kept.first->millis));
  behind.position = Before(*kept.first).ToString();
  return behind;
}

Task<absl::StatusOr<std::optional<WebhookStanding>>> WebhookLedger::Take(std::string settings) {
  const redis::Script& script = ScriptNamed("take_webhook");
  redis::Command command = CallOf(script, 1);
  command.Add(key_).Add(token_).Add(absl::ToInt64Milliseconds(kWebhookLease));
  command.Add(settings).Add(absl::ToInt64Milliseconds(kWebhookKept));
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() == 1) co_return std::optional<WebhookStanding>();
  if (reply->size() != 6) co_return absl::InternalError("take_webhook answered too little");
  WebhookStanding standing;
  standing.marks = DecodeMarks((*reply)[1].raw_text(), keys_.shards());
  standing.failures = NumberOf<int>((*reply)[2]);
  standing.since_ms = NumberOf<int64_t>((*reply)[3]);
  standing.next_ms = NumberOf<int64_t>((*reply)[4]);
  standing.paused = (*reply)[5].raw_text();
  std::optional<WebhookStanding> mine = std::move(standing);
  co_return mine;
}

Task<absl::StatusOr<bool>> WebhookLedger::Note(WebhookStanding standing, bool release) {
  const redis::Script& script = ScriptNamed("note_webhook");
  redis::Command command = CallOf(script, 1);
  command.Add(key_).Add(token_).Add(release ? 0 : absl::ToInt64Milliseconds(kWebhookLease));
  command.Add(EncodeMarks(*standing.marks)).Add(standing.failures).Add(standing.since_ms);
  command.Add(standing.next_ms).Add(standing.paused);
  command.Add(absl::ToInt64Milliseconds(kWebhookKept));
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<int64_t> mine = co_await call.WaitForNumber();
  if (!mine.ok()) co_return mine.status();
  co_return *mine == 1;
}

}  // namespace posthaste::queue
