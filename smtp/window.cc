#include "smtp/window.h"

#include <algorithm>

namespace posthaste::smtp {
namespace {

constexpr int kRoundMin = 10;

// What one transaction is worth, in steps.
double Feedback(int size) { return 1.0 / std::max(size, kRoundMin); }

}  // namespace

Window::Window(int first, int max)
    : first_(std::clamp(first, 1, std::max(1, max))), max_(std::max(1, max)), size_(first_) {}

void Window::Succeeded(int active) {
  if (size_ >= active + first_) return;
  const double feedback = Feedback(size_);
  success_ += feedback;
  if (success_ + feedback / 2 < 1) return;  // Half a step, because thirds do not add up to one.
  success_ = failure_ = 0;
  size_ = std::min(size_ + 1, max_);
}

void Window::Failed() {
  const double feedback = Feedback(size_);
  failure_ -= feedback;
  if (failure_ - feedback / 2 >= 0) return;
  failure_ += 1;
  success_ = 0;
  size_ = std::max(size_ - 1, 1);
}

}  // namespace posthaste::smtp
