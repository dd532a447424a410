#include "smtp/progress.h"

#include <algorithm>

#include "smtp/conversation.h"

namespace posthaste::smtp {

void Progress::Abort() {
  if (talk_ != nullptr) talk_->Close();
}

Watched::Watched(Conversation& talk, Progress* progress) : talk_(talk), progress_(progress) {
  if (progress_ == nullptr) return;
  progress_->Note();
  progress_->talk_ = &talk_;
  talk_.set_progress(progress_);
}

Watched::~Watched() {
  if (progress_ == nullptr) return;
  progress_->Note();
  progress_->talk_ = nullptr;
  talk_.set_progress(nullptr);
}

std::chrono::nanoseconds StuckAfter(const PhaseLimits& limits) {
  const absl::Duration longest =
      std::max({limits.connect, limits.greeting, limits.ehlo, limits.starttls, limits.auth,
                limits.mail, limits.rcpt, limits.data, limits.body, limits.dot});
  const absl::Duration after = std::clamp(2 * longest, absl::Seconds(60), absl::Hours(24));
  return absl::ToChronoNanoseconds(after);
}

}  // namespace posthaste::smtp
