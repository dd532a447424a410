#include "service/worker/schedule.h"

#include <algorithm>
#include <array>

namespace posthaste::worker {
namespace {

using queue::MailClass;

constexpr std::array kCodeSeconds = {5, 15, 30, 60, 90, 120};
constexpr std::array kOtherSeconds = {30, 60, 120, 300, 600, 1200, 2400, 3600, 7200, 10800, 14400};

absl::Duration Jittered(absl::Duration wait, Random& random) {
  return wait * (0.8 + 0.4 * random.Unit());
}

template <size_t size>
absl::Duration Step(const std::array<int, size>& seconds, int attempts) {
  const size_t index = std::min<size_t>(static_cast<size_t>(std::max(attempts, 1)) - 1, size - 1);
  return absl::Seconds(seconds[index]);
}

std::optional<absl::Time> UnlessTooLate(MailClass mail_class, absl::Time at, const Lifetime& life) {
  const absl::Duration useful = mail_class == MailClass::kCode
                                    ? std::min(kMinUsefulTime, (life.deadline - life.begin) / 2)
                                    : absl::ZeroDuration();
  if (at + useful > life.deadline) return std::nullopt;
  return at;
}

}  // namespace

std::optional<absl::Time> NextAttempt(MailClass mail_class, int attempts, smtp::FailureClass why,
                                      absl::Time now, const Lifetime& life, Random& random) {
  const bool code = mail_class == MailClass::kCode;
  absl::Duration wait =
      Jittered(code ? Step(kCodeSeconds, attempts) : Step(kOtherSeconds, attempts), random);
  if (why == smtp::FailureClass::kGreylisted) {
    wait = std::clamp(wait, absl::Seconds(60), code ? absl::Seconds(300) : absl::Hours(4));
  }
  return UnlessTooLate(mail_class, now + wait, life);
}

std::optional<absl::Time> NextAfterDoubt(MailClass mail_class, int uncertain, absl::Time now,
                                         const Lifetime& life, Random& random) {
  const int resends_max = mail_class == MailClass::kCode ? 1 : 2;
  if (uncertain > resends_max) return std::nullopt;
  return UnlessTooLate(mail_class, now + absl::Seconds(60) * (1 + 0.2 * random.Unit()), life);
}

absl::Duration GivenBackFor(int claims) {
  constexpr int kQuick = 120;  // Claims.
  const absl::Duration quick = absl::Milliseconds(250) * std::min(claims, kQuick);
  const absl::Duration slow = absl::Milliseconds(3'500) * std::max(0, claims - kQuick);
  return std::max(quick, absl::Milliseconds(500)) + slow;
}

}  // namespace posthaste::worker
