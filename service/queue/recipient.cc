#include "service/queue/recipient.h"

#include "absl/status/status.h"
#include "service/queue/ids.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kHeadBytes = 9, kMillisBytes = 6, kTagBytes = 4, kLimitBytes = 12,
                 kCurrentBytes = kGroupBytes + kMillisBytes + kBodySize,
                 kMessageBytes = kMillisBytes + kBodySize;

int64_t Number(std::string_view bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bits |= uint64_t{static_cast<uint8_t>(bytes[i])} << 8 * i;
  }
  return static_cast<int64_t>(bits);
}

}  // namespace

std::string Recipient::CurrentOf(std::string_view group) const {
  for (const Current& one : current) {
    if (one.group == group.substr(0, kGroupBytes)) return one.verification_id;
  }
  return "";
}

absl::StatusOr<Recipient> DecodeRecipient(std::string_view bytes, int shard) {
  Recipient recipient;
  if (bytes.empty()) return recipient;
  if (static_cast<uint8_t>(bytes[0]) > kVersion) {
    return absl::FailedPreconditionError("stored recipient: of a newer version");
  }
  if (bytes.size() < kHeadBytes) return absl::DataLossError("stored recipient: cut off");
  const size_t limits = static_cast<uint8_t>(bytes[1]), current = static_cast<uint8_t>(bytes[2]);
  const size_t fixed = kHeadBytes + limits * kLimitBytes + current * kCurrentBytes;
  if (bytes.size() < fixed || (bytes.size() - fixed) % kMessageBytes != 0) {
    return absl::DataLossError("stored recipient: cut off");
  }
  bytes.remove_prefix(kHeadBytes);
  for (size_t i = 0; i < limits; ++i, bytes.remove_prefix(kLimitBytes))
    recipient.limits_us.push_back(Number(bytes.substr(kTagBytes, sizeof(int64_t))));
  for (size_t i = 0; i < current; ++i, bytes.remove_prefix(kCurrentBytes)) {
    const std::string_view body = bytes.substr(kGroupBytes + kMillisBytes, kBodySize);
    recipient.current.push_back(
        {std::string(bytes.substr(0, kGroupBytes)), IdOf('v', shard, body)});
  }
  for (; !bytes.empty(); bytes.remove_prefix(kMessageBytes)) {
    recipient.messages.push_back({Number(bytes.substr(0, kMillisBytes)),
                                  IdOf('m', shard, bytes.substr(kMillisBytes, kBodySize))});
  }
  return recipient;
}

}  // namespace posthaste::queue
