#include "service/queue/settlement.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kRepair = 4;  // The other kinds are Settlement::Kind.
// Flags of settle.lua.
constexpr uint8_t kVerification = 1, kSuppresses = 2, kClears = 4, kAttached = 8;

// Cuts UTF-8 at the end of a character.
void Cut(std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  text.resize(end);
}

uint8_t Byte(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

uint8_t FlagsOf(const Settlement& s) {
  uint8_t flags = s.verification_id.empty() ? 0 : kVerification;
  if (s.attachments) flags |= kAttached;
  if (s.kind != Settlement::Kind::kEnd) return flags;
  if (s.suppress.has_value()) flags |= kSuppresses;
  if (!s.suppress.has_value() && !s.clear_mailbox_hash.empty()) flags |= kClears;
  return flags;
}

std::string Pack(const Settlement& s, uint8_t kind, std::string_view result, size_t first_attempt,
                 int shards) {
  const uint8_t flags = FlagsOf(s);
  Packer head;
  head.U8(kind)
      .U8(Byte(s.state))
      .U8(static_cast<uint8_t>(s.lease.mail_class))
      .U8(Byte(s.attempts))
      .U8(Byte(s.uncertain))
      .U8(Byte(s.failure_class))
      .U8(Byte(s.scope))
      .U8(flags)
      .U16(static_cast<uint16_t>(s.lease.claims))
      .I64(absl::ToUnixMillis(s.visible))
      .U8(Byte(static_cast<int>(s.attempt_records.size() - first_attempt)))
      .U8(Byte(static_cast<int>(s.lease.id.size())));
  std::string packed = head.bytes();
  packed.append(s.lease.id);
  packed.append(Packer().U8(Byte(static_cast<int>(s.lease.tenant.size()))).bytes());
  packed.append(s.lease.tenant);
  packed.append(Packer().U16(static_cast<uint16_t>(result.size())).bytes());
  packed.append(result);
  if ((flags & kSuppresses) != 0) {
    const std::string facts = EncodeFacts(*s.suppress);
    packed.append(EncodeNumbers(*s.suppress, shards));
    packed.append(Packer().U16(static_cast<uint16_t>(facts.size())).bytes()).append(facts);
  }
  for (size_t i = first_attempt; i < s.attempt_records.size(); ++i) {
    const std::string attempt = EncodeAttempt(s.attempt_records[i]);
    packed.append(Packer().U16(static_cast<uint16_t>(attempt.size())).bytes()).append(attempt);
  }
  return packed;
}

}  // namespace

State Ending(State wanted, int uncertain) {
  return uncertain > 0 && wanted != v1::Message::ACCEPTED ? v1::Message::UNCERTAIN : wanted;
}

std::string EncodeAttempt(store::v1::AttemptRecord attempt) {
  Cut(*attempt.mutable_transcript(), kTranscriptBytesMax);
  Cut(*attempt.mutable_reply(), kTranscriptBytesMax);
  return attempt.SerializeAsString();
}

std::string EncodeSettlement(const Settlement& settlement, int shards) {
  if (settlement.kind == Settlement::Kind::kHold) {
    return Pack(settlement, static_cast<uint8_t>(settlement.kind), std::to_string(settlement.hold),
                settlement.attempt_records.size(), shards);
  }
  store::v1::Result result = settlement.result;
  const bool ends = settlement.kind == Settlement::Kind::kEnd;
  Cut(*result.mutable_last_reply(), ends ? kFinalReplyBytesMax : kReplyBytesMax);
  const size_t attempts = settlement.attempt_records.size();
  return Pack(settlement, static_cast<uint8_t>(settlement.kind), result.SerializeAsString(),
              attempts - std::min(attempts, kAttemptsKept), shards);
}

std::string_view SuppressionOf(const Settlement& settlement) {
  const uint8_t flags = FlagsOf(settlement);
  if ((flags & kSuppresses) != 0) return settlement.suppress->mailbox_hash;
  return (flags & kClears) != 0 ? std::string_view(settlement.clear_mailbox_hash) : "";
}

std::string EncodeRepair(const Lease& lease) {
  Settlement settlement;
  settlement.lease = lease;
  return Pack(settlement, kRepair, "", 0, 1);
}

}  // namespace posthaste::queue
