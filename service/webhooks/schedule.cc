#include "service/webhooks/schedule.h"

#include <algorithm>
#include <array>

namespace posthaste::webhooks {
namespace {

constexpr std::array kSeconds = {1, 5, 15, 30, 60, 120, 300, 600};
constexpr absl::Duration kAskedMax = absl::Hours(1);

}  // namespace

Verdict Judge(const Outcome& outcome) {
  if (outcome.status >= 200 && outcome.status < 300) return Verdict::kTaken;
  return outcome.status == 410 ? Verdict::kGone : Verdict::kFailed;
}

const char* WordOf(const Outcome& outcome) {
  if (outcome.status == 0) return "no_answer";
  if (Judge(outcome) == Verdict::kTaken) return "taken";
  if (Judge(outcome) == Verdict::kGone) return "gone";
  if (outcome.status >= 300 && outcome.status < 400) return "redirect";
  return outcome.status < 500 ? "refused" : "unavailable";
}

absl::Duration WaitAfter(int failures, const Outcome& last, Random& random) {
  const size_t step = std::min(static_cast<size_t>(std::max(failures, 1)) - 1, kSeconds.size() - 1);
  const absl::Duration wait = absl::Seconds(kSeconds[step]) * (0.8 + 0.4 * random.Unit());
  return std::max(wait, std::min(last.retry_after.value_or(absl::ZeroDuration()), kAskedMax));
}

}  // namespace posthaste::webhooks
