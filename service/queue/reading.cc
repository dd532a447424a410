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

// What was asked: one MGET, since all of it lies in the recipient's slot, and what each element of
// its answer is; -1 = it was not asked.
struct Flight {
  SteadyTime asked;
  std::optional<redis::Pending> values, time;
  int record = -1, recipient = -1, verification = -1, failures = -1, suppression = -1;
  std::vector<ScriptCall> limits;
};

Flight Ask(redis::Client& redis, const Keys& keys, ServerClock& clock, const ReadRequest& request) {
  const int shard = request.shard;
  Flight flight;
  flight.asked = clock.Steady();
  redis::Command get("MGET");
  int count = 0;
  const auto ask = [&get, &count](int& place, const std::string& key) {
    place = count++;
    get.Add(key);
  };
  if (!request.id.empty()) ask(flight.record, keys.Message(shard, request.id));
  if (!request.group.empty()) ask(flight.recipient, keys.Recipient(shard, request.mailbox_hash));
  if (!request.verification_id.empty()) {
    ask(flight.verification, keys.Message(shard, FirstMailOf(request.verification_id)));
  }
  if (!request.failure_key.empty()) ask(flight.failures, keys.Limit(shard, request.failure_key));
  if (!request.mailbox_hash.empty()) {
    ask(flight.suppression, keys.Suppression(shard, request.tenant, request.mailbox_hash));
  }
  if (count > 0) flight.values = redis.Start(std::move(get));
  for (const RateLimit& limit : request.client_limits) {
    flight.limits.emplace_back(redis, clock, ScriptNamed("take_limit"), LimitCall(limit));
  }
  if (clock.Age() > kClockAgeMax) flight.time = redis.Start(redis::Command("TIME"));
  return flight;
}

// Null if it was not asked, or is not there.
const std::string* ValueAt(const std::vector<redis::Reply>& values, int place) {
  if (place < 0 || static_cast<size_t>(place) >= values.size()) return nullptr;
  const redis::Reply& value = values[static_cast<size_t>(place)];
  return value.IsNil() ? nullptr : &value.raw_text();
}

absl::StatusOr<std::optional<VerificationRecord>> VerificationFrom(const std::string& bytes,
                                                                   std::string_view id,
                                                                   int64_t now_ms) {
  const std::string mail = FirstMailOf(id);
  const absl::StatusOr<Record> record = Decode(bytes, mail);
  if (!record.ok()) return record.status();
  absl::StatusOr<VerificationRecord> verification = VerificationOf(*record, mail);
  if (absl::IsNotFound(verification.status())) return std::nullopt;
  if (!verification.ok()) return verification.status();
  if (IsGone(*verification, now_ms)) return std::nullopt;
  return std::optional<VerificationRecord>(*std::move(verification));
}

// All but verification and limits.
absl::Status LearnValues(const ReadRequest& request, const Flight& flight,
                         const std::vector<redis::Reply>& values, Known& known) {
  if (const std::string* bytes = ValueAt(values, flight.record)) {
    absl::StatusOr<Record> record = Decode(*bytes, request.id);
    if (!record.ok()) return record.status();
    known.record = *std::move(record);
  }
  if (const std::string* bytes = ValueAt(values, flight.recipient)) {
    const absl::StatusOr<Recipient> recipient = DecodeRecipient(*bytes, request.shard);
    if (!recipient.ok()) return recipient.status();
    known.current = recipient->CurrentOf(request.group);
  }
  const std::string* failures = ValueAt(values, flight.failures);
  if (failures != nullptr && !absl::SimpleAtoi(*failures, &known.wrong_guesses)) {
    return absl::DataLossError("failure budget: not a number");
  }
  const std::string* suppression = ValueAt(values, flight.suppression);
  known.suppressed = suppression != nullptr;
  known.suppressed_softly = suppression != nullptr && IsSoft(*suppression);
  return absl::OkStatus();
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

Task<absl::StatusOr<std::optional<VerificationRecord>>> ReadVerification(
    redis::Client& redis, const Keys& keys, const ServerClock& clock, int shard, std::string id) {
  redis::Command get("GET", keys.Message(shard, FirstMailOf(id)));
  const absl::StatusOr<redis::Reply> reply = co_await redis.Call(std::move(get));
  if (!reply.ok()) co_return reply.status();
  if (reply->IsNil()) co_return std::nullopt;
  co_return VerificationFrom(reply->raw_text(), id, clock.NowMillis());
}

Task<absl::StatusOr<Known>> ReadKnown(redis::Client& redis, const Keys& keys, ServerClock& clock,
                                      const ReadRequest& request) {
  Flight flight = Ask(redis, keys, clock, request);
  Known known;
  std::vector<redis::Reply> values;
  if (flight.values.has_value()) {
    absl::StatusOr<redis::Reply> reply = co_await flight.values->Wait();
    if (!reply.ok()) co_return reply.status();
    absl::StatusOr<std::vector<redis::Reply>> elements = reply->TakeArray();
    if (!elements.ok()) co_return elements.status();
    values = *std::move(elements);
  }
  absl::Status learned = LearnValues(request, flight, values, known);
  if (!learned.ok()) co_return learned;
  const std::string* asked = ValueAt(values, flight.verification);
  absl::StatusOr<std::optional<VerificationRecord>> verification = std::nullopt;
  if (asked != nullptr) {
    verification = VerificationFrom(*asked, request.verification_id, clock.NowMillis());
  } else if (request.verification_id.empty() && !known.current.empty()) {
    verification = co_await ReadVerification(redis, keys, clock, request.shard, known.current);
  }
  if (!verification.ok()) co_return verification.status();
  known.verification = *std::move(verification);
  learned = co_await LearnLimits(request, flight, known);
  if (!learned.ok()) co_return learned;
  learned = co_await LearnTime(flight, clock);
  if (!learned.ok()) co_return learned;
  co_return known;
}

}  // namespace posthaste::queue
