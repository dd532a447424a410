#include "service/queue/verification_record.h"

#include <algorithm>

#include "absl/status/status.h"
#include "service/queue/ids.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kRefunded = 1;
constexpr size_t kGuessesAt = 2, kRevisionAt = 4, kExpireAt = 8, kEndAt = 14, kIdSizeAt = 20,
                 kFixedBytes = 21;

int64_t Number(std::string_view bytes, size_t at, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; ++i) {
    bits |= uint64_t{static_cast<uint8_t>(bytes[at + i])} << 8 * i;
  }
  return static_cast<int64_t>(bits);
}

store::v1::VerificationTerms TermsOf(const VerificationRecord& record) {
  store::v1::VerificationTerms terms;
  for (const GenerationRecord& generation : record.generations) {
    store::v1::VerificationTerms::Generation& stored = *terms.add_generations();
    stored.set_epoch(generation.epoch);
    stored.set_life_ms(generation.expire_ms - record.create_ms);
    stored.set_custom_digest(generation.custom_digest);
  }
  terms.set_oldest_generation(record.oldest_generation);
  terms.set_sends(record.sends);
  terms.set_sends_max(record.sends_max);
  terms.set_guesses_max(record.guesses_max);
  terms.set_code_length(record.code_length);
  terms.set_ttl_ms(record.ttl_ms);
  terms.set_next_send_ms(record.next_send_ms - record.create_ms);
  terms.set_resend_policy(record.resend_policy);
  terms.set_binding_hash(record.binding_hash);
  terms.set_decoy(record.decoy);
  return terms;
}

// REQUIRES: create_ms is known.
void TakeTerms(const store::v1::VerificationTerms& terms, VerificationRecord& record) {
  for (const store::v1::VerificationTerms::Generation& stored : terms.generations()) {
    GenerationRecord& generation = record.generations.emplace_back();
    generation.epoch = stored.epoch();
    generation.expire_ms = record.create_ms + stored.life_ms();
    generation.custom_digest = stored.custom_digest();
  }
  record.oldest_generation = terms.oldest_generation();
  record.sends = terms.sends();
  record.sends_max = terms.sends_max();
  record.guesses_max = terms.guesses_max();
  record.code_length = terms.code_length();
  record.ttl_ms = terms.ttl_ms();
  record.next_send_ms = record.create_ms + terms.next_send_ms();
  record.resend_policy = terms.resend_policy();
  record.binding_hash = terms.binding_hash();
  record.decoy = terms.decoy();
}

}  // namespace

std::string EncodeVerification(const VerificationRecord& record) {
  const bool first = record.message_id == FirstMailOf(record.id);
  const std::string_view mail = first ? std::string_view() : record.message_id;
  Packer fixed;
  fixed.U8(static_cast<uint8_t>(record.state))
      .U8(record.stale_refunded ? kRefunded : 0)
      .U16(static_cast<uint16_t>(std::clamp(record.guesses_left, 0, 0xFFFF)))
      .U32(static_cast<uint32_t>(record.revision))
      .U48(record.expire_ms)
      .U48(record.end_ms)
      .U8(static_cast<uint8_t>(mail.size()));
  std::string bytes = fixed.bytes();
  bytes.append(mail);
  TermsOf(record).AppendToString(&bytes);
  return bytes;
}

absl::StatusOr<VerificationRecord> VerificationOf(const Record& record, std::string_view id) {
  const std::string_view bytes = record.verification;
  if (bytes.empty()) return absl::NotFoundError("no verification began with this message");
  const auto unreadable = absl::DataLossError("stored verification: cannot be read");
  if (bytes.size() < kFixedBytes) return unreadable;
  const size_t terms_at = kFixedBytes + static_cast<uint8_t>(bytes[kIdSizeAt]);
  const int state = static_cast<uint8_t>(bytes[0]);
  if (bytes.size() < terms_at || state == 0 || !v1::Verification::State_IsValid(state)) {
    return unreadable;
  }
  store::v1::VerificationTerms terms;
  if (!terms.ParseFromArray(bytes.data() + terms_at, static_cast<int>(bytes.size() - terms_at))) {
    return unreadable;
  }
  VerificationRecord verification;
  verification.id = VerificationIdOf(id);
  verification.state = static_cast<v1::Verification_State>(state);
  verification.tenant = record.facts.tenant();
  verification.purpose = record.facts.purpose();
  verification.masked_recipient = record.facts.masked_recipient();
  verification.mailbox_hash = record.facts.mailbox_hash();
  verification.create_ms = record.head.create_ms;
  verification.stale_refunded = (static_cast<uint8_t>(bytes[1]) & kRefunded) != 0;
  verification.guesses_left = static_cast<int32_t>(Number(bytes, kGuessesAt, 2));
  verification.revision = Number(bytes, kRevisionAt, 4);
  verification.expire_ms = Number(bytes, kExpireAt, 6);
  verification.end_ms = Number(bytes, kEndAt, 6);
  verification.message_id = bytes.substr(kFixedBytes, terms_at - kFixedBytes);
  if (verification.message_id.empty()) verification.message_id = id;
  TakeTerms(terms, verification);
  return verification;
}

v1::Verification_State StateAt(const VerificationRecord& record, int64_t now_ms) {
  if (record.state == v1::Verification::PENDING && record.expire_ms <= now_ms) {
    return v1::Verification::EXPIRED;
  }
  return record.state;
}

bool IsGone(const VerificationRecord& record, int64_t now_ms) {
  const bool pending = record.state == v1::Verification::PENDING;
  const int64_t end_ms = pending ? record.expire_ms : record.end_ms;
  return end_ms + absl::ToInt64Milliseconds(kTombstone) <= now_ms;
}

}  // namespace posthaste::queue
