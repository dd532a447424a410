// Reads the answer to a request (RFC 9112), whatever pieces it comes in, and keeps of it what
// counts: status, Retry-After, whether another request may follow. Pure; knows Beast.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace posthaste::webhooks {

inline constexpr uint32_t kAnswerHeaderMax = 16 << 10;  // Bytes.
inline constexpr uint64_t kAnswerBodyMax = 64 << 10;    // More is not read.
// With interim answers, lines of chunks and trailers, which the two above do not count.
inline constexpr size_t kAnswerMax = 256 << 10;

class AnswerReader {
 public:
  AnswerReader();
  ~AnswerReader();

  // Takes more of it; true when it is whole. INVALID_ARGUMENT: it is no answer, or it is too
  // long; status() may be known all the same. REQUIRES: it is not whole yet.
  absl::StatusOr<bool> Put(std::string_view bytes);
  // The peer has closed. True: that was the answer's end.
  bool PutEnd();

  int status() const;                                 // 0 = its head is not whole yet. Never 1xx.
  std::optional<absl::Duration> retry_after() const;  // Of seconds; a date is not heeded.
  // Whether the connection can be used again. REQUIRES: it is whole.
  bool keep_alive() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace posthaste::webhooks
