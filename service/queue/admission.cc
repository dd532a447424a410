#include "service/queue/admission.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "service/queue/admit_call.h"
#include "service/queue/call.h"
#include "service/queue/ids.h"
#include "service/queue/reading.h"
#include "service/queue/scripts.h"
#include "service/queue/verification_record.h"

namespace posthaste::queue {
namespace {

// How often admit is repeated for a supersede group that other processes change at the same time.
constexpr int kRepeats = 3;
constexpr int kScriptMoved = 8;  // Of admit.lua: the group's newest has moved.

absl::StatusOr<AdmitAnswer> ReadAdmitAnswer(const AdmitRequest& request,
                                            std::vector<redis::Reply>& reply, int64_t code) {
  using Kind = AdmitAnswer::Kind;
  constexpr Kind kKinds[] = {Kind::kAdmitted, Kind::kReplay,     Kind::kReused,    Kind::kMoved,
                             Kind::kLimited,  Kind::kSuppressed, Kind::kQueueFull, Kind::kSkew};
  if (code < 0 || code >= static_cast<int64_t>(std::size(kKinds)))
    return absl::InternalError("admit: unknown answer");
  AdmitAnswer answer;
  answer.kind = kKinds[code];
  if (answer.kind == Kind::kAdmitted && reply.size() > 1)
    answer.superseded_unsent = static_cast<int>(reply[1].Integer().value_or(0));
  if (answer.kind == Kind::kReplay && reply.size() > 1) {
    absl::StatusOr<Record> record = Decode(reply[1].raw_text(), request.id);
    if (!record.ok()) return record.status();
    answer.record = *std::move(record);
  }
  if (answer.kind == Kind::kLimited && reply.size() > 2) {
    const absl::StatusOr<int64_t> limit = reply[1].Integer();
    const absl::StatusOr<int64_t> wait_ms = reply[2].Integer();
    if (!limit.ok() || !wait_ms.ok() || *limit < 1 ||
        *limit > static_cast<int64_t>(request.limits.size())) {
      return absl::InternalError("admit: no such limit");
    }
    answer.limit = request.limits[static_cast<size_t>(*limit - 1)].name;
    answer.wait = absl::Milliseconds(*wait_ms);
  }
  return answer;
}

// The verification `id`, from the record that a script answered.
absl::StatusOr<VerificationRecord> VerificationIn(const redis::Reply& bytes, std::string_view id) {
  const std::string mail = FirstMailOf(id);
  const absl::StatusOr<Record> record = Decode(bytes.raw_text(), mail);
  if (!record.ok()) return record.status();
  return VerificationOf(*record, mail);
}

// Integers of an answer; INTERNAL if one of [0, size) is none.
absl::StatusOr<std::vector<int64_t>> Integers(std::span<const redis::Reply> reply, size_t size) {
  if (reply.size() < size) return absl::InternalError("a script's answer is too short");
  std::vector<int64_t> numbers;
  for (const redis::Reply& element : reply.first(size)) {
    const absl::StatusOr<int64_t> number = element.Integer();
    if (!number.ok()) return number.status();
    numbers.push_back(*number);
  }
  return numbers;
}

absl::StatusOr<CheckAnswer> ReadCheckAnswer(std::string_view id,
                                            std::span<const redis::Reply> reply) {
  constexpr size_t kNumbers =
      8;  // Kind, result, stored, state, revision, guesses, refunded, end_ms.
  CheckAnswer answer;
  absl::StatusOr<std::vector<int64_t>> numbers = Integers(reply, 1);
  if (!numbers.ok()) return numbers.status();
  answer.kind = static_cast<CheckAnswer::Kind>(numbers->front());
  if (answer.kind != CheckAnswer::Kind::kDone) return answer;
  numbers = Integers(reply, kNumbers);
  if (!numbers.ok()) return numbers.status();
  if (reply.size() <= kNumbers) return absl::InternalError("check: no verification");
  absl::StatusOr<VerificationRecord> verification = VerificationIn(reply[kNumbers], id);
  if (!verification.ok()) return verification.status();
  answer.verification = *std::move(verification);
  answer.result = static_cast<int32_t>((*numbers)[1]);
  answer.replay = (*numbers)[2] == 1;
  answer.verification->state = static_cast<v1::Verification_State>((*numbers)[3]);
  answer.verification->revision = (*numbers)[4];
  answer.verification->guesses_left = static_cast<int32_t>((*numbers)[5]);
  answer.verification->stale_refunded = (*numbers)[6] == 1;
  answer.verification->end_ms = (*numbers)[7];
  return answer;
}

absl::Status BadVerificationId() { return absl::InvalidArgumentError("not a verification's id"); }

}  // namespace

Task<absl::StatusOr<Known>> Admission::Read(const ReadRequest& request) {
  return ReadKnown(redis_, keys_, clock_, request);
}

Task<absl::StatusOr<AdmitAnswer>> Admission::Admit(const AdmitRequest& request) {
  std::optional<Turns::Turn> turn;
  if (!request.supersede_group.empty()) turn.emplace(co_await turns_.Take(request.supersede_group));
  const std::optional<int> shard = ParseId('m', request.id, keys_.shards());
  if (!shard.has_value()) co_return absl::InvalidArgumentError("not a message's id");
  std::string newest;
  for (int i = 0; i <= kRepeats; ++i) {
    absl::StatusOr<std::optional<AdmitAnswer>> answer = co_await TryAdmit(request, newest);
    if (!answer.ok()) co_return answer.status();
    if (answer->has_value()) co_return **std::move(answer);
  }
  AdmitAnswer moved;
  moved.kind = AdmitAnswer::Kind::kMoved;
  co_return moved;
}

// Nothing if the group's newest was not `newest`, which then is what it was.
Task<absl::StatusOr<std::optional<AdmitAnswer>>> Admission::TryAdmit(const AdmitRequest& request,
                                                                     std::string& newest) {
  ScriptCall call(redis_, clock_, ScriptNamed("admit"), AdmitCall(keys_, request, newest));
  absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  const absl::StatusOr<std::vector<int64_t>> code = Integers(*reply, 1);
  if (!code.ok()) co_return code.status();
  if (code->front() == kScriptMoved) {
    newest = reply->size() > 1 ? (*reply)[1].raw_text() : std::string();
    co_return std::nullopt;
  }
  absl::StatusOr<AdmitAnswer> answer = ReadAdmitAnswer(request, *reply, code->front());
  if (!answer.ok()) co_return answer.status();
  co_return std::optional<AdmitAnswer>(*std::move(answer));
}

Task<absl::StatusOr<CheckAnswer>> Admission::Check(const CheckRequest& request) {
  const std::optional<int> shard = ParseId('v', request.verification_id, keys_.shards());
  if (!shard.has_value()) co_return BadVerificationId();
  ScriptCall call(redis_, clock_, ScriptNamed("check"), CheckCall(keys_, *shard, request));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  co_return ReadCheckAnswer(request.verification_id, *reply);
}

Task<absl::StatusOr<CheckAnswer>> Admission::CancelVerification(
    const CancelVerificationCall& call) {
  const std::optional<int> shard = ParseId('v', call.verification_id, keys_.shards());
  if (!shard.has_value()) co_return BadVerificationId();
  const redis::Script& script = ScriptNamed("cancel_verification");
  redis::Command command = CallOf(script, 5);
  command.Add(keys_.Message(*shard, FirstMailOf(call.verification_id)))
      .Add(keys_.Events(*shard))
      .Add(keys_.Parked(*shard))
      .Add(keys_.Message(*shard, call.message_id))
      .Add(keys_.Lane(*shard, MailClass::kCode, ""));
  command.Add(call.tenant).Add(call.revision).Add(call.message_id);
  ScriptCall running(redis_, clock_, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await running.Wait();
  if (!reply.ok()) co_return reply.status();
  const absl::StatusOr<std::vector<int64_t>> kind = Integers(*reply, 1);
  if (!kind.ok()) co_return kind.status();
  CheckAnswer answer;
  answer.kind = static_cast<CheckAnswer::Kind>(kind->front());
  if (answer.kind != CheckAnswer::Kind::kDone) co_return answer;
  if (reply->size() < 2) co_return absl::InternalError("cancel_verification: no verification");
  absl::StatusOr<VerificationRecord> verification =
      VerificationIn((*reply)[1], call.verification_id);
  if (!verification.ok()) co_return verification.status();
  answer.verification = *std::move(verification);
  co_return answer;
}

Task<absl::StatusOr<std::optional<VerificationRecord>>> Admission::GetVerification(
    std::string_view id) {
  const std::optional<int> shard = ParseId('v', id, keys_.shards());
  if (!shard.has_value()) co_return std::nullopt;
  co_return co_await ReadVerification(redis_, keys_, clock_, *shard, std::string(id));
}

}  // namespace posthaste::queue
