// Any split of the bytes gives the same replies and the same verdict, and a broken reader stays
// broken.
//
// The first byte of the input seeds the splitting; the rest is what the server says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "service/redis/reply_reader.h"

namespace {

using posthaste::redis::Reply;
using posthaste::redis::ReplyLimits;
using posthaste::redis::ReplyReader;

struct Outcome {
  std::vector<Reply> replies;
  bool broken = false;
};

// Small, so that inputs reach the limits.
constexpr ReplyLimits kLimits = {
    .line_or_bulk_bytes_max = 512, .reply_bytes_max = 16384, .idle_buffer_bytes_max = 64};

void Drain(ReplyReader& reader, Outcome& outcome) {
  for (;;) {
    absl::StatusOr<std::optional<Reply>> next = reader.Next();
    if (!next.ok()) {
      outcome.broken = true;
      return;
    }
    if (outcome.broken) std::abort();  // Came back to life.
    if (!next->has_value()) return;
    outcome.replies.push_back(**std::move(next));
  }
}

Outcome ReadAll(std::string_view bytes, uint32_t seed) {
  ReplyReader reader(kLimits);
  Outcome outcome;
  while (!bytes.empty()) {
    seed = seed * 1664525 + 1013904223;
    const size_t size = 1 + (seed >> 24) % 7;
    reader.Feed(bytes.substr(0, size));
    Drain(reader, outcome);
    bytes.remove_prefix(size < bytes.size() ? size : bytes.size());
  }
  return outcome;
}

Outcome ReadWhole(std::string_view bytes) {
  ReplyReader reader(kLimits);
  Outcome outcome;
  reader.Feed(bytes);
  Drain(reader, outcome);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = ReadWhole(bytes);
  const Outcome split = ReadAll(bytes, data[0]);
  if (whole.broken != split.broken || whole.replies != split.replies) std::abort();
  return 0;
}
