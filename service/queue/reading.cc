#include "service/queue/reading.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "service/queue/admit_call.h"
#include "service/queue/call.h"
#include "service/queue/ids.h"
#include "service/queue/recipient.h"
#include "service/queue/scripts.h"
#include "service/queue/verification_record.h"

namespace posthaste::queue {
namespace {

constexpr absl::Duration kClockAgeMax = absl::Seconds(10);

// What was asked; null for what was not.
struct Flight {
  SteadyTime asked;
  std::optional<redis::Pending> record, recipient, verification, failures, suppression, time;
  std::vector<ScriptCall> limits;
};

Flight Ask(redis::Client& redis, const Keys& keys, ServerClock& clock, const ReadRequest& request) {
  const int shard = request.shard;
  Flight flight;
  flight.asked = clock.Steady();
  if (!request.id.empty()) {
    flight.record = redis.Start(redis::Command("GET", keys.Message(shard, request.id)));
  }
  if (!request.group.empty()) {
    flight.recipient =
        redis.Start(redis::Command("GET", keys.Recipient(shard, request.mailbox_hash)));
  }
  if (!request.verification_id.empty()) {
    flight.verification = StartVerification(redis, keys, shard, request.verification_id);
  }
  if (!request.failure_key.empty()) {
    flight.failures = redis.Start(redis::Command("GET", keys.Limit(shard, request.failure_key)));
  }
  if (!request.mailbox_hash.empty()) {
    const std::string key = keys.Suppression(shard, request.tenant, request.mailbox_hash);
    flight.suppression = redis.Start(redis::Command("GET", key));
  }
  for (const RateLimit& limit : request.client_limits) {
    flight.limits.emplace_back(redis, clock, ScriptNamed("take_limit"), LimitCall(limit));
  }
  if (clock.Age() > kClockAgeMax) flight.time = redis.Start(redis::Command("TIME"));
  return flight;
}

Task<absl::StatusOr<std::optional<std::string>>> TextOf(std::optional<redis::Pending>& pending) {
  if (!pending.has_value()) co_return std::nullopt;
  absl::StatusOr<redis::Reply> reply = co_await pending->Wait();
  if (!reply.ok()) co_return reply.status();
  co_return reply->TakeTextOrNil();
}

// What the group points at, then the verification that was asked for, or else the one that it
// points at.
Task<absl::Status> LearnVerification(redis::Client& redis, const Keys& keys, ServerClock& clock,
                                     const ReadRequest& request, Flight& flight, Known& known) {
  absl::StatusOr<std::optional<std::string>> text = co_await TextOf(flight.recipient);
  if (!text.ok()) co_return text.status();
  const absl::StatusOr<Recipient> recipient =
      DecodeRecipient(text->has_value() ? std::string_view(**text) : "", request.shard);
  if (!recipient.ok()) co_return recipient.status();
  known.current = recipient->CurrentOf(request.group);
  std::string id = request.verification_id;
  if (id.empty()) id = known.current;
  if (id.empty()) co_return absl::OkStatus();
  if (!flight.verification.has_value()) {
    flight.verification = StartVerification(redis, keys, request.shard, id);
  }
  absl::StatusOr<std::optional<VerificationRecord>> verification =
      co_await ReadVerification(*std::move(flight.verification), clock, std::move(id));
  if (!verification.ok()) co_return verification.status();
  known.verification = *std::move(verification);
  co_return absl::OkStatus();
}

// Of several that refuse, the one that refuses longest. A request that is known is never refused.
Task<absl::Status> LearnLimits(const ReadRequest& request, Flight& flight, Known& known) {
  for (size_t i = 0; i < flight.limits.size(); ++i) {
    const absl::StatusOr<std::vector<redis::Reply>> reply = co_await flight.limits[i].Wait();
    if (!reply.ok()) co_return reply.status();
    if (reply->empty()) co_return absl::InternalError("take_limit: no answer");
    const absl::StatusOr<int64_t> wait_ms = reply->front().Integer();
    if (!wait_ms.ok()) co_return wait_ms.status();
    if (known.record.has_value() || absl::Milliseconds(*wait_ms) <= known.wait) continue;
    known.limited = request.client_limits[i].name;
    known.wait = absl::Milliseconds(*wait_ms);
  }
  co_return absl::OkStatus();
}

// TIME's answer: seconds and microseconds.
absl::Status ObserveTime(const redis::Reply& reply, SteadyTime asked, ServerClock& clock) {
  const absl::StatusOr<const std::vector<redis::Reply>*> parts = reply.Array();
  if (!parts.ok()) return parts.status();
  int64_t seconds = 0;
  int64_t micros = 0;
  if ((*parts)->size() != 2 || !absl::SimpleAtoi((**parts)[0].raw_text(), &seconds) ||
      !absl::SimpleAtoi((**parts)[1].raw_text(), &micros)) {
    return absl::InternalError("TIME: not a time");
  }
  clock.Observe(seconds * 1000 + micros / 1000, asked, clock.Steady());
  return absl::OkStatus();
}

// TIME, if it was asked.
Task<absl::Status> LearnTime(Flight& flight, ServerClock& clock) {
  if (!flight.time.has_value()) co_return absl::OkStatus();
  const absl::StatusOr<redis::Reply> reply = co_await flight.time->Wait();
  if (!reply.ok()) co_return reply.status();
  co_return ObserveTime(*reply, flight.asked, clock);
}

}  // namespace

redis::Pending StartVerification(redis::Client& redis, const Keys& keys, int shard,
                                 std::string_view id) {
  return redis.Start(redis::Command("GET", keys.Message(shard, FirstMailOf(id))));
}

Task<absl::StatusOr<std::optional<VerificationRecord>>> ReadVerification(redis::Pending pending,
                                                                         ServerClock& clock,
                                                                         std::string id) {
  const absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->IsNil()) co_return std::nullopt;
  const std::string mail = FirstMailOf(id);
  const absl::StatusOr<Record> record = Decode(reply->raw_text(), mail);
  if (!record.ok()) co_return record.status();
  absl::StatusOr<VerificationRecord> verification = VerificationOf(*record, mail);
  if (absl::IsNotFound(verification.status())) co_return std::nullopt;
  if (!verification.ok()) co_return verification.status();
  if (IsGone(*verification, clock.NowMillis())) co_return std::nullopt;
  co_return std::optional<VerificationRecord>(*std::move(verification));
}

Task<absl::StatusOr<Known>> ReadKnown(redis::Client& redis, const Keys& keys, ServerClock& clock,
                                      const ReadRequest& request) {
  Flight flight = Ask(redis, keys, clock, request);
  Known known;
  absl::StatusOr<std::optional<std::string>> text = co_await TextOf(flight.record);
  if (!text.ok()) co_return text.status();
  if (text->has_value()) {
    absl::StatusOr<Record> record = Decode(**text, request.id);
    if (!record.ok()) co_return record.status();
    known.record = *std::move(record);
  }
  absl::Status learned = co_await LearnVerification(redis, keys, clock, request, flight, known);
  if (!learned.ok()) co_return learned;
  text = co_await TextOf(flight.failures);
  if (!text.ok()) co_return text.status();
  if (text->has_value() && !absl::SimpleAtoi(**text, &known.wrong_guesses)) {
    co_return absl::DataLossError("failure budget: not a number");
  }
  text = co_await TextOf(flight.suppression);
  if (!text.ok()) co_return text.status();
  known.suppressed = text->has_value();
  known.suppressed_softly = text->has_value() && IsSoft(**text);
  learned = co_await LearnLimits(request, flight, known);
  if (!learned.ok()) co_return learned;
  learned = co_await LearnTime(flight, clock);
  if (!learned.ok()) co_return learned;
  co_return known;
}

}  // namespace posthaste::queue
