// The score of a job in its lane: when it becomes visible, and the fencing token, in one exact
// integer below 2^53.
//
//   (visible_ms − 1 700 000 000 000) · 4096 + leased · 2048 + dot · 1024 + cancel · 512 + claims
//
// A job that waits, retries, is leased or was lost by a crashed worker is the same thing: an id
// with a score. It is due when score ≤ now · 4096 + 4095. The token of a lease is (id, claims):
// time, dot and cancel may change under the holder. Scripts do the same arithmetic in doubles,
// exactly; never build the number with Lua's `..`.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace posthaste::queue {

inline constexpr int64_t kScoreEpochMs = 1'700'000'000'000;
inline constexpr int kClaimsMax = 511;

struct Score {
  int64_t visible_ms = 0;  // Since the Unix epoch.
  bool leased = false;     // A worker holds it until visible_ms.
  bool dot = false;        // A dot may have been sent. Cleared only by settle.
  bool cancel = false;     // Withdraw at the fence. Never cleared.
  int claims = 0;          // 0–511, never goes down.
  bool operator==(const Score&) const = default;
};

// Times outside the years 2023 to 2093 and claims above the maximum become the nearest that fit.
int64_t Pack(const Score& score);
Score Unpack(int64_t packed);

// The largest score that is due at `now_ms`.
inline int64_t DueAt(int64_t now_ms) { return (now_ms - kScoreEpochMs) * 4096 + 4095; }

}  // namespace posthaste::queue
