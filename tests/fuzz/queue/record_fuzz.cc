// A stored record: whatever can be read is written to bytes that read the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/queue/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using posthaste::queue::Decode;
  using posthaste::queue::Encode;
  const auto record = Decode(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!record.ok()) return 0;
  const std::string bytes = Encode(*record);
  // Facts that were padded by a stranger may not fit in their 64 KiB when written canonically.
  if (record->facts.ByteSizeLong() > UINT16_MAX || record->result.ByteSizeLong() > UINT16_MAX)
    return 0;
  const auto again = Decode(bytes);
  if (!again.ok() || again->sealed != record->sealed) std::abort();
  // The head byte by byte; labels, a map, may come in another order.
  const size_t head = posthaste::queue::kHeadBytes;
  if (Encode(*again).compare(0, head, bytes, 0, head) != 0) std::abort();
  return 0;
}
