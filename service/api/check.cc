// CheckVerificationCode: read, judge in constant time, count in one script.
#include <limits>
#include <optional>
#include <utility>

#include "base/crypto.h"
#include "service/api/code_plan.h"
#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/narrowing.h"
#include "service/api/order.h"
#include "service/api/person.h"
#include "service/api/policy.h"
#include "service/api/receipts.h"
#include "service/api/render.h"
#include "service/api/verifications.h"
#include "service/codes/binding.h"
#include "service/codes/compare.h"
#include "service/codes/receipt.h"
#include "service/queue/ids.h"
#include "smtp/provider.h"

namespace posthaste::api {
namespace {

using Request = v1::CheckVerificationCodeRequest;
using Response = v1::CheckVerificationCodeResponse;
using Verdict = queue::CheckRequest::Verdict;

constexpr int kTriesMax = 16;  // Others guess at the same time; each round one of us gets through.
constexpr size_t kCodeCharactersMax = 64;

absl::Status CheckFields(const Request& request, std::optional<Mailbox>& recipient) {
  Fields fields;
  const bool by_id = !request.verification_id().empty();
  if (by_id) fields.Id("verification_id", request.verification_id(), 'v');
  if (by_id == !request.recipient().empty()) {
    fields.Add("verification_id", "FIELD_INVALID",
               "give either verification_id or recipient and purpose");
  } else if (!by_id) {
    recipient = fields.Recipient(request.recipient());
  }
  fields.Purpose(request.purpose(), !by_id);
  fields.Line("code", request.code(), kCodeCharactersMax, true);
  fields.Binding(request.binding());
  fields.Line("subject_id", request.subject_id(), 128);
  fields.Span("receipt_ttl", request.has_receipt_ttl(), request.receipt_ttl(),
              codes::kReceiptLifeMin, codes::kReceiptLifeMax);
  fields.RequestId(request.request_id());
  fields.Context(request.client_context());
  return fields.Done();
}

// One check, from the request to the answer.
class Checking {
 public:
  Checking(Call& call, const Request& request)
      : call_(call), request_(request), key_(call.backend.shared->hash_key.Reveal()) {
    std::map<std::string, std::string> binding(request.binding().begin(), request.binding().end());
    if (!request.subject_id().empty()) binding.emplace("", request.subject_id());
    binding_hash_ = codes::BindingHash(binding);
  }

  Task<absl::Status> Run(const std::optional<Mailbox>& recipient, Response& response) {
    for (int i = 0; i < kTriesMax; ++i) {
      absl::StatusOr<std::optional<queue::VerificationRecord>> found = co_await Read(recipient);
      if (!found.ok()) co_return FromStore(found.status());
      if (!found->has_value() || !IsFor(**found)) co_return NotFound();
      absl::StatusOr<queue::CheckRequest> asked = Judge(**found);
      if (!asked.ok()) co_return asked.status();
      const absl::StatusOr<queue::CheckAnswer> answer =
          co_await call_.backend.store->admission().Check(*asked);
      if (!answer.ok()) co_return FromStore(answer.status());
      if (answer->kind == queue::CheckAnswer::Kind::kRetry) continue;
      co_return Conclude(*answer, response);
    }
    co_return Unavailable("STORE_UNAVAILABLE", "this verification keeps changing; ask again",
                          absl::Milliseconds(100));
  }

 private:
  bool IsFor(const queue::VerificationRecord& record) const {
    return record.tenant == call_.caller.tenant && AllowsPurpose(call_.caller, record.purpose);
  }

  Task<absl::StatusOr<std::optional<queue::VerificationRecord>>> Read(
      const std::optional<Mailbox>& recipient) {
    queue::Store& store = *call_.backend.store;
    if (!recipient)
      co_return co_await store.admission().GetVerification(request_.verification_id());
    const Person person = PersonOf(call_, *recipient);
    queue::ReadRequest read;
    read.shard = person.shard;
    read.tenant = call_.caller.tenant;
    read.mailbox_hash = person.mailbox_hash;
    read.group = GroupOf(person, call_.caller.tenant, request_.purpose(), key_);
    absl::StatusOr<queue::Known> known = co_await store.admission().Read(read);
    if (!known.ok()) co_return known.status();
    co_return std::move(known->verification);
  }

  // Purpose and binding first: a wrong one says nothing about the code.
  absl::StatusOr<Verdict> VerdictOn(const queue::VerificationRecord& record) {
    if (!request_.purpose().empty() && request_.purpose() != record.purpose)
      return Verdict::kPurposeMismatch;
    if (binding_hash_ != record.binding_hash) return Verdict::kBindingMismatch;
    const codes::CodeSubject subject{record.tenant, record.purpose, record.mailbox_hash, record.id,
                                     record.binding_hash};
    const absl::StatusOr<codes::CodeVerdict> verdict =
        codes::JudgeCode(*call_.backend.shared->code_keys, subject, ToState(record),
                         request_.code(), call_.backend.store->clock().Now());
    if (!verdict.ok()) return verdict.status();
    if (record.decoy) return Verdict::kWrong;  // Compared all the same: it takes as long.
    switch (verdict->kind) {
      case codes::CodeVerdict::Kind::kMatched:
        return Verdict::kRight;
      case codes::CodeVerdict::Kind::kStale:
        return Verdict::kStale;
      case codes::CodeVerdict::Kind::kNone:
        break;
    }
    return Verdict::kWrong;
  }

  absl::StatusOr<queue::CheckRequest> Judge(const queue::VerificationRecord& record) {
    const absl::StatusOr<Verdict> verdict = VerdictOn(record);
    if (!verdict.ok()) return verdict.status();
    Person person;
    person.mailbox_hash = record.mailbox_hash;
    queue::CheckRequest asked;
    asked.verification_id = record.id;
    asked.tenant = record.tenant;
    asked.revision = record.revision;
    asked.verdict = *verdict;
    asked.failure_key = FailureKeyOf(person, record.tenant, record.purpose, key_);
    // A stepped-up code answers for itself: the budget that it replaces is used up.
    const bool stepped_up =
        record.code_length >= codes::kStepUpLength && record.guesses_max <= codes::kStepUpGuesses;
    asked.failures_max = stepped_up ? std::numeric_limits<int32_t>::max()
                                    : call_.backend.shared->policy.wrong_guesses_per_day;
    asked.message_id = record.message_id;
    if (!request_.request_id().empty()) {
      asked.request_key = crypto::HmacFields(key_, {"posthaste/check/v1", record.tenant, record.id,
                                                    request_.request_id()})
                              .substr(0, 16);
      asked.request_fingerprint = Fingerprint(request_, FingerprintKey(record));
    }
    return asked;
  }

  // The request holds the code, and its fingerprint is stored: it is keyed as the code itself is.
  std::string_view FingerprintKey(const queue::VerificationRecord& record) const {
    const uint32_t epoch =
        record.generations.empty() ? 0 : static_cast<uint32_t>(record.generations.front().epoch);
    const Secret* code_key = call_.backend.shared->code_keys->Find(epoch);
    return code_key == nullptr ? key_ : code_key->Reveal();
  }

  absl::Status Conclude(const queue::CheckAnswer& answer, Response& response) {
    if (answer.kind == queue::CheckAnswer::Kind::kNotFound) return NotFound();
    if (answer.kind == queue::CheckAnswer::Kind::kReused)
      return RequestIdReused(request_.request_id());
    call_.replay = answer.replay;
    response.set_result(static_cast<Response::Result>(answer.result));
    *response.mutable_verification() =
        ToVerification(*answer.verification, call_.backend.store->clock().Now());
    if (response.result() == Response::MATCHED)
      response.set_receipt(ReceiptOf(*answer.verification, request_, *call_.backend.shared));
    Checked(answer.verification->id, call_.caller.tenant, answer.verification->purpose,
            Response::Result_Name(response.result()), !answer.verification->decoy);
    if (response.result() == Response::MATCHED && !answer.replay) Matched(*answer.verification);
    return absl::OkStatus();
  }

  // A masked address keeps its domain.
  static void Matched(const queue::VerificationRecord& record) {
    const absl::StatusOr<Mailbox> masked = ParseMailbox(record.masked_recipient);
    Verified(record.purpose, masked.ok() ? smtp::ProviderLabel(masked->ascii_domain) : "other",
             absl::Milliseconds(record.end_ms - record.create_ms));
  }

  absl::Status NotFound() const {
    return Missing("VERIFICATION_NOT_FOUND", "posthaste.v1.Verification",
                   request_.verification_id());
  }

  Call& call_;
  const Request& request_;
  const std::string_view key_;
  std::string binding_hash_;
};

}  // namespace

Task<absl::Status> HandleCheckVerificationCode(Call& call, const Request& request,
                                               Response& response) {
  std::optional<Mailbox> recipient;
  if (absl::Status good = CheckFields(request, recipient); !good.ok()) co_return good;
  if (absl::Status good = CheckPurpose(call.caller, request.purpose()); !good.ok()) co_return good;
  Checking checking(call, request);
  co_return co_await checking.Run(recipient, response);
}

}  // namespace posthaste::api
