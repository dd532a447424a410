// A stored record, the verification in it, and what is stored of a recipient: whatever can be read
// is written to bytes that read the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/queue/recipient.h"
#include "service/queue/record.h"
#include "service/queue/verification_record.h"

namespace {

constexpr std::string_view kId = "m0500000000000000000000";

void CheckVerification(const posthaste::queue::Record& record) {
  const auto verification = posthaste::queue::VerificationOf(record, kId);
  if (!verification.ok()) return;
  posthaste::queue::Record copy = record;
  copy.verification = posthaste::queue::EncodeVerification(*verification);
  const auto again = posthaste::queue::VerificationOf(copy, kId);
  if (!again.ok() || again->generations != verification->generations) std::abort();
  if (again->message_id != verification->message_id) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using posthaste::queue::Decode;
  using posthaste::queue::Encode;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)posthaste::queue::DecodeRecipient(input, 5);
  const auto record = Decode(input, kId);
  if (!record.ok()) return 0;
  CheckVerification(*record);
  const std::string bytes = Encode(*record, kId);
  // Facts that were padded by a stranger may not fit in their 64 KiB when written canonically.
  if (record->facts.ByteSizeLong() > UINT16_MAX || record->result.ByteSizeLong() > UINT16_MAX ||
      record->live.ByteSizeLong() > UINT16_MAX)
    return 0;
  const auto again = Decode(bytes, kId);
  if (!again.ok() || again->sealed != record->sealed) std::abort();
  // The head byte by byte; labels, a map, may come in another order.
  const size_t head = posthaste::queue::kHeadBytes;
  if (Encode(*again, kId).compare(0, head, bytes, 0, head) != 0) std::abort();
  return 0;
}
