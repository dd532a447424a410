#include "service/queue/suppression.h"

#include <algorithm>

#include "absl/status/status.h"
#include "posthaste/store/v1/suppression.pb.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr size_t kHeadBytes = 20, kCauseAt = 1, kStrengthAt = 2, kCreateAt = 4, kExpireAt = 12;
constexpr uint8_t kVersion = 1;
constexpr size_t kReplyBytes = 96;

int64_t Millis(std::string_view bytes, size_t at) {
  uint64_t bits = 0;
  for (size_t i = 0; i < 8; ++i) {
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << 8 * i;
  }
  return static_cast<int64_t>(bits);
}

NewSuppression Of(Cause cause, Strength strength) {
  NewSuppression suppression;
  suppression.cause = cause;
  suppression.strength = strength;
  suppression.life = strength == Strength::kSoft ? kSoftLife : kHardLife;
  return suppression;
}

}  // namespace

std::optional<NewSuppression> SuppressionFor(v1::FailureClass failure_class, bool stated) {
  switch (failure_class) {
    case v1::INVALID_RECIPIENT:
      return Of(Cause::kInvalidRecipient, stated ? Strength::kHard : Strength::kSoft);
    case v1::INACTIVE_MAILBOX:
      return Of(Cause::kInactiveMailbox, Strength::kHard);
    case v1::NULL_MX:
      return Of(Cause::kNullMx, Strength::kHard);
    case v1::BAD_DOMAIN:
      return Of(Cause::kBadDomain, Strength::kSoft);
    case v1::MAILBOX_FULL:
      return Of(Cause::kMailboxFull, Strength::kSoft);
    default:
      return std::nullopt;
  }
}

std::string EncodeNumbers(const NewSuppression& suppression, int shards) {
  const bool ends = suppression.life < absl::InfiniteDuration();
  const int64_t kept = (kSuppressionsMax + shards - 1) / shards;
  return Packer()
      .U8(static_cast<uint8_t>(suppression.cause))
      .U8(static_cast<uint8_t>(suppression.strength))
      .I64(ends ? std::max<int64_t>(1, absl::ToInt64Milliseconds(suppression.life)) : 0)
      .U32(static_cast<uint32_t>(kept))
      .bytes();
}

std::string EncodeFacts(const NewSuppression& suppression) {
  const SuppressionNote& note = suppression.note;
  store::v1::SuppressionFacts facts;
  facts.set_masked_recipient(note.masked_recipient);
  facts.set_message_id(note.message_id);
  facts.set_reply(note.reply.substr(0, kReplyBytes));
  facts.set_reason(note.reason);
  facts.set_key(note.key);
  return facts.SerializeAsString();
}

absl::StatusOr<Suppression> DecodeSuppression(std::string_view bytes) {
  store::v1::SuppressionFacts facts;
  const bool readable =
      bytes.size() >= kHeadBytes && static_cast<uint8_t>(bytes[0]) == kVersion &&
      facts.ParseFromArray(bytes.data() + kHeadBytes, static_cast<int>(bytes.size() - kHeadBytes));
  if (!readable) return absl::DataLossError("a stored suppression cannot be read");
  Suppression suppression;
  suppression.cause = static_cast<Cause>(bytes[kCauseAt]);
  suppression.strength = static_cast<Strength>(bytes[kStrengthAt]);
  suppression.create_ms = Millis(bytes, kCreateAt);
  suppression.expire_ms = Millis(bytes, kExpireAt);
  suppression.note = {facts.masked_recipient(), facts.message_id(), facts.reply(), facts.reason(),
                      facts.key()};
  return suppression;
}

bool IsSoft(std::string_view bytes) {
  return bytes.size() >= kHeadBytes && static_cast<Strength>(bytes[kStrengthAt]) == Strength::kSoft;
}

}  // namespace posthaste::queue
