#include "service/queue/settlement.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kRepair = 4;  // The other kinds are Settlement::Kind.

// Cuts UTF-8 at the end of a character.
void Cut(std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  text.resize(end);
}

uint8_t Byte(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

std::string Pack(const Settlement& s, uint8_t kind, std::string_view result, size_t first_attempt) {
  Packer head;
  head.U8(kind)
      .U8(Byte(s.state))
      .U8(static_cast<uint8_t>(s.lease.mail_class))
      .U8(Byte(s.attempts))
      .U8(Byte(s.uncertain))
      .U8(Byte(s.failure_class))
      .U8(Byte(s.scope))
      .U8(s.verification_id.empty() ? 0 : 1)
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

std::string EncodeSettlement(const Settlement& settlement) {
  if (settlement.kind == Settlement::Kind::kHold) {
    return Pack(settlement, static_cast<uint8_t>(settlement.kind), std::to_string(settlement.hold),
                settlement.attempt_records.size());
  }
  store::v1::Result result = settlement.result;
  const bool ends = settlement.kind == Settlement::Kind::kEnd;
  Cut(*result.mutable_last_reply(), ends ? kFinalReplyBytesMax : kReplyBytesMax);
  const size_t attempts = settlement.attempt_records.size();
  return Pack(settlement, static_cast<uint8_t>(settlement.kind), result.SerializeAsString(),
              attempts - std::min(attempts, kAttemptsKept));
}

std::string EncodeRepair(const Lease& lease) {
  Settlement settlement;
  settlement.lease = lease;
  return Pack(settlement, kRepair, "", 0);
}

}  // namespace posthaste::queue
