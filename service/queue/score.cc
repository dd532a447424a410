#include "service/queue/score.h"

#include <algorithm>

namespace posthaste::queue {
namespace {

constexpr int64_t kLeased = 2048, kDot = 1024, kCancel = 512;
constexpr int64_t kVisibleMax = (int64_t{1} << 41) - 1;  // 2^41 · 4096 = 2^53.

}  // namespace

int64_t Pack(const Score& score) {
  const int64_t visible =
      std::clamp<int64_t>(score.visible_ms, kScoreEpochMs, kScoreEpochMs + kVisibleMax);
  return (visible - kScoreEpochMs) * 4096 + (score.leased ? kLeased : 0) + (score.dot ? kDot : 0) +
         (score.cancel ? kCancel : 0) + std::clamp(score.claims, 0, kClaimsMax);
}

Score Unpack(int64_t packed) {
  return {.visible_ms = packed / 4096 + kScoreEpochMs,
          .leased = (packed & kLeased) != 0,
          .dot = (packed & kDot) != 0,
          .cancel = (packed & kCancel) != 0,
          .claims = static_cast<int>(packed & kClaimsMax)};
}

}  // namespace posthaste::queue
