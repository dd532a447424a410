// Whatever pieces an answer comes in, the same is made of it, and a receiver cannot keep the reader
// reading without end.
//
// The first byte of the input seeds the splitting; the rest is what the receiver says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "service/webhooks/answer.h"

namespace {

using posthaste::webhooks::AnswerReader;
using posthaste::webhooks::kAnswerMax;

constexpr size_t kLongEnough = 64;  // To be said over and over.

// Of one that is refused or cut off nothing is said here: the sooner its beginning is known to be
// wrong, the sooner.
struct Outcome {
  bool whole = false;
  int status = 0;
  std::optional<absl::Duration> retry_after;

  bool operator==(const Outcome&) const = default;
};

Outcome Read(std::string_view bytes, uint32_t seed, size_t piece_max) {
  AnswerReader reader;
  Outcome outcome;
  bool refused = false;
  while (!bytes.empty() && !outcome.whole && !refused) {
    seed = seed * 1664525 + 1013904223;
    const std::string_view piece = bytes.substr(0, 1 + (seed >> 16) % piece_max);
    const absl::StatusOr<bool> put = reader.Put(piece);
    refused = !put.ok();
    outcome.whole = put.ok() && *put;
    bytes.remove_prefix(piece.size());
  }
  if (!outcome.whole && !refused) outcome.whole = reader.PutEnd();
  if (!outcome.whole) return outcome;
  outcome.status = reader.status();
  outcome.retry_after = reader.retry_after();
  if (outcome.status < 200 || outcome.status > 999) std::abort();
  return outcome;
}

// A receiver that goes on and on is cut off.
void ReadOn(std::string_view bytes) {
  AnswerReader reader;
  size_t read = 0;
  for (absl::StatusOr<bool> put = false; put.ok() && !*put; read += bytes.size()) {
    if (read > kAnswerMax) std::abort();
    put = reader.Put(bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (bytes.size() >= kLongEnough) ReadOn(bytes);
  const Outcome once = Read(bytes, 0, bytes.size() + 1);
  if (!(once == Read(bytes, data[0], 7)) || !(once == Read(bytes, data[0], 1))) std::abort();
  return 0;
}
